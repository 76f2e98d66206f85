// The Secure Remote Password protocol as Amazon Cognito user pools speak it: proves that a password
// is known without sending it. The group is the 3072-bit one of RFC 5054 with generator 2.

const N = BigInt(
  "0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);
const G = 2n;
const text = new TextEncoder();

/** A password on its way through one sign-in. */
export class Password {
  #poolName;
  #password;
  #secret;
  #public;

  constructor(poolId, password) {
    this.#poolName = poolId.split("_")[1];
    this.#password = password;
  }

  /** Returns SRP_A, which starts the sign-in. */
  start() {
    this.#secret = integer(crypto.getRandomValues(new Uint8Array(128)));
    this.#public = power(G, this.#secret);
    return this.#public.toString(16);
  }

  /** Returns the answer to the challenge PASSWORD_VERIFIER. */
  async answer({ USER_ID_FOR_SRP: user, SALT, SRP_B, SECRET_BLOCK }) {
    const theirs = BigInt(`0x${SRP_B}`);
    if (theirs % N === 0n) {
      throw new Error("the server's part of the proof is not one");
    }
    const timestamp = now();
    const secretBlock = Uint8Array.from(atob(SECRET_BLOCK), (c) => c.charCodeAt(0));
    const proven = [text.encode(this.#poolName + user), secretBlock, text.encode(timestamp)];
    const key = await this.#key(user, BigInt(`0x${SALT}`), theirs);
    const signature = await crypto.subtle.sign("HMAC", key, joined(proven));
    return {
      USERNAME: user,
      TIMESTAMP: timestamp,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: btoa(String.fromCharCode(...new Uint8Array(signature))),
    };
  }

  async #key(user, salt, theirs) {
    const u = await hash(bytes(this.#public), bytes(theirs));
    const inner = await digest(text.encode(`${this.#poolName}${user}:${this.#password}`));
    const x = await hash(bytes(salt), inner);
    const k = await hash(bytes(N), bytes(G));
    const base = (((theirs - k * power(G, x)) % N) + N) % N;
    const shared = power(base, this.#secret + u * x);
    const material = await crypto.subtle.importKey("raw", bytes(shared), "HKDF", false, ["deriveKey"]);
    return crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: bytes(u), info: text.encode("Caldera Derived Key") },
      material,
      { name: "HMAC", hash: "SHA-256", length: 128 },
      false,
      ["sign"],
    );
  }
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base % N, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) {
      result = (result * square) % N;
    }
    square = (square * square) % N;
  }
  return result;
}

/** A number's bytes, with a zero in front where the first bit is set: Cognito hashes it so. */
function bytes(number) {
  let hex = number.toString(16);
  hex = hex.length % 2 ? `0${hex}` : hex;
  hex = hex >= "8" ? `00${hex}` : hex;
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function integer(array) {
  return BigInt(`0x${Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("")}`);
}

async function digest(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

async function hash(...parts) {
  return integer(await digest(joined(parts)));
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The time as Cognito wants it: `Sat Nov 7 09:05:03 UTC 2026`. */
function now() {
  const [day, date, month, year, time] = new Date().toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${Number(date)} ${time} UTC ${year}`;
}
