//! What nobody should write, and somebody will: each ends at once with what is wrong and where.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::run::{Ran, finish, program};

/// A folder that is nobody's repository, with a stack file in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs `check` in the folder; it ends within seconds, and takes no more than half a gigabyte.
    fn check(&self, stack: &str, more: &[&str]) -> Ran {
        let mut command = program(&[&["check", "--stack", stack], more].concat());
        let program = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let variables: Vec<_> =
            command.get_envs().map(|(n, v)| (n.to_owned(), v.map(ToOwned::to_owned))).collect();
        command = assert_cmd::Command::new("sh");
        // Address space and not memory: what the threads' stacks might take counts too.
        command.args(["-c", "ulimit -v 1500000; exec \"$0\" \"$@\""]).arg(program).args(arguments);
        command.env_clear();
        for (name, value) in variables {
            command.env(name, value.unwrap_or_default());
        }
        let start = Instant::now();
        let ran = finish(command.current_dir(self.0.path()).timeout(Duration::from_secs(60)));
        assert!(start.elapsed() < Duration::from_secs(45), "{stack} took {:?}", start.elapsed());
        assert!(!ran.stderr.contains("fault of this program"), "{}", ran.stderr);
        ran
    }

    /// What is said of a stack file with these bytes.
    fn said(&self, bytes: impl AsRef<[u8]>) -> String {
        self.put("stack.yaml", bytes);
        self.check("stack.yaml", &[]).exits(3).stderr
    }
}

fn assert_said(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
}

#[test]
fn files_that_are_no_text_are_told_by_what_they_are() {
    let folder = Folder::new();
    let utf16: Vec<u8> = "stack: demo\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_said(&folder.said(&utf16), &["UTF-16", "save it as UTF-8", "stack.yaml"]);
    assert_said(&folder.said([&b"\xff\xfe"[..], &utf16].concat()), &["UTF-16"]);
    assert_said(&folder.said(b"stack: demo\nname: \xff\n"), &["not UTF-8: line 2", "0xff"]);
    assert_said(&folder.said(b"stack: demo\nuser_pool: { name: a\0b }\n"), &["NUL byte in line 2"]);
    let large = vec![b'#'; 100 * 1024 * 1024];
    assert_said(&folder.said(&large), &["larger than 4 MB"]);
    for fine in ["stack: demo\r\nuser_pool:\r\n  name: x\r\n", "\u{feff}stack: demo\n"] {
        folder.put("stack.yaml", fine);
        let _ = folder.check("stack.yaml", &[]).exits(0);
    }
}

#[test]
fn what_is_no_file_is_told_by_what_it_is() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder.yaml")).unwrap();
    assert_said(&folder.check("folder.yaml", &[]).exits(3).stderr, &["`folder.yaml`", "a folder"]);
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe.yaml")).status().unwrap();
    assert!(made.success());
    assert_said(&folder.check("pipe.yaml", &[]).exits(3).stderr, &["a pipe or device"]);
    assert_said(&folder.check("/dev/zero", &[]).exits(3).stderr, &["a pipe or device"]);
    symlink("loop.yaml", folder.path("loop.yaml")).unwrap();
    assert_said(
        &folder.check("loop.yaml", &[]).exits(3).stderr,
        &["`loop.yaml`", "symbolic links"],
    );
    symlink("nothing", folder.path("broken.yaml")).unwrap();
    assert_said(
        &folder.check("broken.yaml", &[]).exits(3).stderr,
        &["`broken.yaml`", "No such file"],
    );
    folder.put("stack.yaml", "stack: demo\n");
    let endless = folder.check("stack.yaml", &["--var-file", "/dev/zero"]).exits(3);
    assert_said(&endless.stderr, &["/dev/zero", "larger than 4 MB"]);
    folder.put("latin.yaml", b"a: \xe4\n");
    let latin = folder.check("stack.yaml", &["--var-file", "latin.yaml"]).exits(3);
    assert_said(&latin.stderr, &["latin.yaml", "not UTF-8: line 1"]);
    let closed = folder.put("closed.yaml", "stack: demo\n");
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    // Whoever may read everything may read this.
    if fs::read(&closed).is_err() {
        assert_said(&folder.check("closed.yaml", &[]).exits(3).stderr, &["Permission denied"]);
    }
}

#[test]
fn what_grows_or_nests_beyond_any_stack_file_is_refused_at_its_place() {
    let folder = Folder::new();
    // A billion laughs, by aliases and by variables.
    let mut laughs = "stack: demo\nvars:\n  a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    let mut variables = "stack: demo\nvars:\n  a: xxxxxxxxxx\n".to_owned();
    for (below, name) in ('a'..'k').zip('b'..) {
        laughs += &format!("  {name}: &{name} [{}]\n", vec![format!("*{below}"); 9].join(","));
        variables += &format!("  {name}: \"{}\"\n", format!("${{var.{below}}}").repeat(10));
    }
    assert_said(&folder.said(&laughs), &["error[not-yaml]", "nested or repeated", "stack.yaml:"]);
    let more = "tags: { x: \"${var.k}\" }\n";
    assert_said(
        &folder.said(variables.clone() + more),
        &["error[variables-too-large]", "stack.yaml:", "at most 4 MB"],
    );
    // Nothing, ten billion times, takes as long.
    let nothing = variables.replace("xxxxxxxxxx", "\"\"") + more;
    assert_said(&folder.said(nothing), &["error[variables-too-large]"]);
    for deep in [
        format!("stack: demo\nx: {}", "[".repeat(100_000)),
        format!("stack: demo\nx: {}{}", "{a: ".repeat(20_000), "}".repeat(20_000)),
        (0..1500).fold("stack: demo\n".to_owned(), |text, n| text + &" ".repeat(n) + "a:\n"),
        format!("stack: demo\nx:\n  {}a", "- ".repeat(50_000)),
    ] {
        assert_said(&folder.said(deep), &["error[not-yaml]", "nested", "stack.yaml:"]);
    }
    for circle in ["stack: demo\na: &a [*a]\n", "stack: demo\na: &a { b: *a }\n"] {
        assert_said(&folder.said(circle), &["stack.yaml:2:"]);
    }
}

#[test]
fn many_of_anything_take_no_minutes() {
    let folder = Folder::new();
    let many = |line: &dyn Fn(usize) -> String| (0..5000).map(line).collect::<String>();
    let unknown = folder.said(format!("stack: demo\n{}", many(&|n| format!("k{n}: 1\n"))));
    assert_said(
        &unknown,
        &["stack.yaml:2:1", "5000 problems in stack.yaml, of which 4900 are not shown"],
    );
    let groups = many(&|n| format!("    g{n}: {{}}\n"));
    folder.put("stack.yaml", format!("stack: demo\nuser_pool:\n  groups:\n{groups}"));
    let _ = folder.check("stack.yaml", &[]);
    let references = many(&|n| format!("    V{n}: ${{user_pool.app_clients.c{n}x.id}}\n"));
    let clients = many(&|n| format!("    c{n}: {{}}\n"));
    let said = folder.said(format!(
        "stack: demo\nuser_pool:\n  app_clients:\n{clients}lambdas:\n  f:\n    runtime: python3.13\n    \
         handler: a.b\n    code: x\n    environment:\n{}",
        references.replace("    V", "      V")
    ));
    assert_said(&said, &["declares no `user_pool.app_clients.c0x`"]);
    let braces = "${".repeat(100_000);
    assert_said(
        &folder.said(format!("stack: demo\ntags: {{ x: \"{braces}\" }}\n")),
        &["stack.yaml:2:12"],
    );
}

const FUNCTION: &str =
    "stack: demo\nlambdas: { f: { runtime: python3.13, handler: a.b, code: CODE } }\n";

/// What is said of code at a path.
fn code_said(folder: &Folder, code: &str) -> String {
    let said = folder.said(FUNCTION.replace("CODE", code));
    assert_said(&said, &["stack.yaml:2:58"]);
    said
}

#[test]
fn code_that_is_no_code_is_told_by_what_it_is() {
    let folder = Folder::new();
    folder.put("code/a.py", "def b(event, context): pass\n");
    folder.put("stack.yaml", FUNCTION.replace("CODE", "code"));
    let _ = folder.check("stack.yaml", &[]).exits(0);

    let pipe = folder.path("code/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_said(&code_said(&folder, "code"), &["code/pipe", "neither a file nor a folder"]);
    assert_said(&code_said(&folder, "code/pipe"), &["neither a file nor a folder"]);
    fs::remove_file(pipe).unwrap();
    let socket = UnixListener::bind(folder.path("code/socket")).unwrap();
    assert_said(&code_said(&folder, "code"), &["code/socket", "neither a file nor a folder"]);
    drop(socket);
    fs::remove_file(folder.path("code/socket")).unwrap();
    symlink("loop", folder.path("code/loop")).unwrap();
    assert_said(&code_said(&folder, "code"), &["code/loop", "cannot be followed"]);
    fs::remove_file(folder.path("code/loop")).unwrap();
    symlink(".", folder.path("code/itself")).unwrap();
    assert_said(&code_said(&folder, "code"), &["code/itself", "holds the link itself"]);
    fs::remove_file(folder.path("code/itself")).unwrap();
    let latin = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"n\xe4me.py");
    fs::write(folder.path("code").join(latin), "").unwrap();
    assert_said(&code_said(&folder, "code"), &["is not UTF-8: rename it"]);
    fs::remove_file(folder.path("code").join(latin)).unwrap();
    // Pipes where something else is read: nobody waits for what comes out.
    for (name, runtime) in [(".provisionignore", "python3.13"), ("package.json", "nodejs22.x")] {
        let pipe = folder.path("code").join(name);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let said = folder.said(FUNCTION.replace("CODE", "code").replace("python3.13", runtime));
        assert_said(&said, &[name, "neither a file nor a folder"]);
        fs::remove_file(pipe).unwrap();
    }
    // Linux tells names apart by case, and so does AWS Lambda: both go in.
    folder.put("code/A.py", "");
    folder.put("stack.yaml", FUNCTION.replace("CODE", "code"));
    let _ = folder.check("stack.yaml", &[]).exits(0);
}

#[test]
fn code_that_changes_while_it_is_read_is_packed_as_it_was_or_refused() {
    let folder = Folder::new();
    folder.put("stack.yaml", FUNCTION.replace("CODE", "code"));
    folder.put("code/a.py", "def b(event, context): pass\n");
    let [one, other] = ["code/x/one", "code/x/other"].map(|name| folder.put(name, "x"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                // There, gone, another size, a pipe, a folder: whatever the look at it said before.
                let _ = fs::remove_file(&one).or_else(|_| fs::remove_dir(&one));
                let _ = match turn % 4 {
                    0 => fs::write(&one, vec![b'x'; 100_000]),
                    1 => fs::create_dir(&one),
                    2 => symlink(&other, &one),
                    _ => std::process::Command::new("mkfifo").arg(&one).status().map(drop),
                };
            }
        });
        for _ in 0..15 {
            let ran = folder.check("stack.yaml", &[]);
            assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// A zip of files as their names and contents are given.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same with a name in place of one that is as long.
fn renamed(mut zip: Vec<u8>, from: &str, to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    while let Some(at) = zip.windows(from.len()).position(|window| window == from.as_bytes()) {
        zip.splice(at..at + from.len(), to.iter().copied());
    }
    zip
}

#[test]
fn a_zip_that_would_leave_its_folder_or_burst_is_refused() {
    let folder = Folder::new();
    folder.put("code.zip", zip(&[("a.py", b"")]));
    folder.put("stack.yaml", FUNCTION.replace("CODE", "code.zip"));
    let _ = folder.check("stack.yaml", &[]).exits(0);
    let plain = zip(&[("a.py", b""), ("0123456789", b"x")]);
    for name in [
        "../a/b.txt",
        "a/../../bb",
        "/etc/passw",
        "\\\\host\\a\\b",
        "C:\\windows",
        "a\\..\\..\\b",
        "..\\..\\abc",
    ] {
        let mut name = name.to_owned();
        name.truncate(10);
        let name = format!("{name:_<10}");
        folder.put("code.zip", renamed(plain.clone(), "0123456789", name.as_bytes()));
        assert_said(
            &code_said(&folder, "code.zip"),
            &["outside the folder that it is unpacked to"],
        );
    }
    folder.put("code.zip", renamed(plain.clone(), "0123456789", b"a\xff\xfe3456789"));
    let _ = folder.check("stack.yaml", &[]);
    folder.put("code.zip", &plain[..plain.len() / 2]);
    assert_said(&code_said(&folder, "code.zip"), &["not a zip that can be read"]);

    // 300 MB of zeros in 300 KB; and the same where the zip says that it is a hundred bytes.
    let zeros = vec![0; 300 * 1024 * 1024];
    let bomb = zip(&[("a.py", b""), ("zeros", &zeros)]);
    drop(zeros);
    assert!(bomb.len() < 1024 * 1024);
    folder.put("code.zip", &bomb);
    assert_said(
        &code_said(&folder, "code.zip"),
        &["314572800 bytes unzipped", "262144000", "zeros"],
    );
    let said = 314_572_800_u32.to_le_bytes();
    let mut liar = bomb;
    while let Some(at) = liar.windows(4).position(|window| window == said) {
        liar.splice(at..at + 4, 100_u32.to_le_bytes());
    }
    folder.put("code.zip", &liar);
    let _ = code_said(&folder, "code.zip");
}

#[test]
fn files_that_a_stack_names_lie_in_its_tree() {
    let outside = Folder::new();
    let secret = outside.put("secret.yaml", "stack: theirs\nuser_pool: { name: hunter2 }\n");
    outside.put("code/a.py", "def b(event, context): pass\n");
    outside.put("wheels/x-1.0-py3-none-any.whl", "");
    outside.put("requirements.txt", "hunter2/theirs\n");
    outside.put("package.json", "{\"dependencies\": {\"hunter2\": \"1\"}}");
    let folder = Folder::new();
    let inner = folder.path("inner");
    fs::create_dir(&inner).unwrap();
    let away = |path: &Path| format!("../{}", path.strip_prefix("/").unwrap().display());
    let up = (0..20).fold(String::new(), |text, _| text + "../") + &away(&secret)[3..];
    symlink(&secret, folder.path("inner/link.yaml")).unwrap();
    symlink(outside.path(""), folder.path("inner/folder")).unwrap();
    let said = |text: &str| {
        folder.put("inner/stack.yaml", text);
        let mut command =
            program(&["check", "--stack", inner.join("stack.yaml").to_str().unwrap()]);
        let ran = finish(command.current_dir(&inner).timeout(Duration::from_secs(60))).exits(3);
        assert!(!ran.stderr.contains("hunter2"), "it shows what lies outside: {}", ran.stderr);
        assert_said(
            &ran.stderr,
            &["outside the tree of the stack file", "`--allow-path` allows more"],
        );
    };
    let absolute = secret.to_str().unwrap().to_owned();
    for extends in [up.as_str(), absolute.as_str(), "link.yaml", "folder/secret.yaml"] {
        said(&format!("stack: demo\nextends: {extends}\n"));
    }
    let code = outside.path("code").to_str().unwrap().to_owned();
    for code in [code.as_str(), "folder/code", "folder/code/a.py"] {
        said(&FUNCTION.replace("CODE", code));
    }
    // What the code says is installed with it.
    folder.put("inner/code/a.py", "def b(event, context): pass\n");
    let theirs = outside.path("requirements.txt");
    let wheel = outside.path("wheels/x-1.0-py3-none-any.whl");
    let (theirs, wheel) = (theirs.display(), wheel.display());
    for line in [
        format!("-r {theirs}"),
        format!("--requirement={theirs}"),
        format!("-c {theirs}"),
        format!("x @ file://{wheel}"),
        format!("{wheel}"),
        "folder/wheels/x-1.0-py3-none-any.whl".to_owned().replace("folder", "../folder"),
        format!("--find-links {}\nx==1", outside.path("wheels").display()),
        format!("-f file://{}\nx==1", outside.path("wheels").display()),
    ] {
        folder.put("inner/code/requirements.txt", &line);
        said(&FUNCTION.replace("CODE", "code"));
    }
    fs::remove_file(folder.path("inner/code/requirements.txt")).unwrap();
    symlink(outside.path("requirements.txt"), folder.path("inner/code/requirements.txt")).unwrap();
    said(&FUNCTION.replace("CODE", "code"));
    fs::remove_file(folder.path("inner/code/requirements.txt")).unwrap();
    symlink(outside.path("package.json"), folder.path("inner/code/package.json")).unwrap();
    said(&FUNCTION.replace("CODE", "code").replace("python3.13", "nodejs22.x"));

    // What is allowed is read.
    folder.put("inner/stack.yaml", "stack: demo\nextends: folder/secret.yaml\n");
    let allowed = outside.path("").to_str().unwrap().to_owned();
    let stack = inner.join("stack.yaml");
    let arguments = ["check", "--stack", stack.to_str().unwrap(), "--allow-path", &allowed];
    let _ = finish(program(&arguments).current_dir(&inner)).exits(0);
}
