// Where pull requests and issues are: GitHub, or GitLab. Both the same to who calls.
//
// https://docs.github.com/rest/issues, https://docs.gitlab.com/api/notes, https://docs.gitlab.com/api/issues

const env = process.env;

// The forge that this run belongs to.
export const forge = () => (env.GITLAB_CI ? gitlab() : github());

function github() {
  const repository = `/repos/${env.GITHUB_REPOSITORY}`;
  const call = caller(env.GITHUB_API_URL ?? "https://api.github.com", {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${env.PROVISION_TOKEN}`,
    "x-github-api-version": "2022-11-28",
  });
  // Whoever may comment could write a marker too: only comments of our own are taken.
  const mine = (all) => all.filter(({ user }) => user?.login === env.PROVISION_AUTHOR);
  return {
    runUrl: `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`,
    comments: async (pull) =>
      mine(await call.all(`${repository}/issues/${pull}/comments`)).map(({ id, body }) => ({ id, body })),
    addComment: (pull, body) => call("POST", `${repository}/issues/${pull}/comments`, { body }),
    setComment: (pull, id, body) => call("PATCH", `${repository}/issues/comments/${id}`, { body }),
    issues: async () => {
      const issues = mine(await call.all(`${repository}/issues`, "state=open"));
      return issues.filter((issue) => !issue.pull_request).map(({ number, body }) => ({ id: number, body }));
    },
    addIssue: (title, body) => call("POST", `${repository}/issues`, { title, body }),
    setIssue: (id, title, body) => call("PATCH", `${repository}/issues/${id}`, { title, body }),
    closeIssue: async (id, why) => {
      await call("POST", `${repository}/issues/${id}/comments`, { body: why });
      await call("PATCH", `${repository}/issues/${id}`, { state: "closed", state_reason: "completed" });
    },
    // The pull request whose merge made this commit.
    merged: async () => {
      const pulls = await call.all(`${repository}/commits/${env.GITHUB_SHA}/pulls`);
      const pull = pulls.find((pull) => pull.merged_at && pull.merge_commit_sha === env.GITHUB_SHA);
      return pull && { number: pull.number, head: pull.head.sha };
    },
    // The newest run of this repository's own that kept a plan for the head of a pull request.
    planRun: async (artifact, head) => {
      const query = `name=${encodeURIComponent(artifact)}&per_page=100`;
      const { artifacts } = await call("GET", `${repository}/actions/artifacts?${query}`);
      const ours = ({ expired, workflow_run: run }) =>
        !expired && run?.head_sha === head && run.head_repository_id === run.repository_id;
      const newest = (a, b) => b.created_at.localeCompare(a.created_at);
      return artifacts.filter(ours).toSorted(newest)[0]?.workflow_run.id;
    },
  };
}

function gitlab() {
  const project = `/projects/${env.CI_PROJECT_ID}`;
  const call = caller(env.CI_API_V4_URL, { "private-token": env.PROVISION_TOKEN });
  const mine = async (all) => {
    const { id } = await call("GET", "/user");
    return all.filter(({ author }) => author?.id === id);
  };
  const plan = (path) => call("GET", path, undefined, { missing: true, text: true });
  const notes = (pull) => `${project}/merge_requests/${pull}/notes`;
  return {
    runUrl: env.CI_JOB_URL,
    comments: async (pull) => mine(await call.all(notes(pull))),
    addComment: (pull, body) => call("POST", notes(pull), { body }),
    setComment: (pull, id, body) => call("PUT", `${notes(pull)}/${id}`, { body }),
    issues: async () => {
      const issues = await mine(await call.all(`${project}/issues`, "state=opened&scope=all"));
      return issues.map(({ iid, description }) => ({ id: iid, body: description }));
    },
    addIssue: (title, body) => call("POST", `${project}/issues`, { title, description: body }),
    setIssue: (id, title, body) => call("PUT", `${project}/issues/${id}`, { title, description: body }),
    closeIssue: async (id, why) => {
      await call("POST", `${project}/issues/${id}/notes`, { body: why });
      await call("PUT", `${project}/issues/${id}`, { state_event: "close" });
    },
    merged: async () => {
      const all = await call.all(`${project}/repository/commits/${env.CI_COMMIT_SHA}/merge_requests`);
      const request = all.find(({ state }) => state === "merged");
      return request && { number: request.iid, head: request.sha };
    },
    // The plan that a job kept.
    planOfJob: (id) => plan(`${project}/jobs/${id}/artifacts/provision-run/plan.json`),
    // The one that the newest successful pipeline of a merge request kept.
    planOfMerge: (pull, job) => {
      const ref = encodeURIComponent(`refs/merge-requests/${pull}/head`);
      return plan(`${project}/jobs/artifacts/${ref}/raw/provision-run/plan.json?job=${encodeURIComponent(job)}`);
    },
  };
}

// Sends requests. Only reading is tried again: what was written once is not to be there twice.
function caller(base, headers) {
  const once = async (method, path, body) =>
    fetch(base + path, {
      method,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  const call = async (method, path, body, { missing, text } = {}) => {
    for (let tries = 1; ; tries += 1) {
      const last = method !== "GET" || tries === 3;
      const answer = await once(method, path, body).catch((error) => {
        if (last) throw error;
      });
      if (answer?.ok) return text ? answer.text() : answer.json();
      if (missing && answer?.status === 404) return undefined;
      if (last || (answer && answer.status !== 429 && answer.status < 500)) {
        throw new Error(`${method} ${path}: ${answer.status}: ${await answer.text()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000 * tries));
    }
  };
  call.all = async (path, query = "") => {
    const all = [];
    for (let page = 1; ; page += 1) {
      const found = await call("GET", `${path}?${query}&per_page=100&page=${page}`.replace("?&", "?"));
      all.push(...found);
      if (found.length < 100) return all;
    }
  };
  return call;
}
