import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  classifyPull,
  FAILURE_RULES,
  type PullFailure,
} from "../../../mod/pure/pulls/pull_outcome.ts";

const socket = "/run/containerd/containerd.sock";
const at16 = 'ctr: failed to resolve reference "reg.lab:5001/x/y:1": ';
const at2 = "ctr: failed to resolve image: ";
const digest = "sha256:" + "ab".repeat(32);

/**
 * What ctr 1.6.20, 1.7.24, 2.1.9, 2.3.7 and 2.4.2 really said, measured on Debian 12: failures to
 * resolve, then those of later stages, then of containerd.
 */
const measured: readonly (readonly [what: string, text: string, failure: PullFailure])[] = [
  [
    "unknown host",
    at16 +
    'failed to do request: Head "https://H/v2/x/y/manifests/1": dial tcp: lookup H on 10.255.255.53:53: no such host',
    "network",
  ],
  [
    "refused",
    at2 +
    'failed to do request: Head "http://H:5999/v2/x/y/manifests/1": dial tcp H:5999: connect: connection refused',
    "network",
  ],
  [
    "SYN dropped",
    at16 + 'failed to do request: Head "https://H/v2/": dial tcp H:5003: i/o timeout',
    "network",
  ],
  [
    "registry without TLS",
    at2 +
    'failed to do request: Head "https://H/v2/x": http: server gave HTTP response to HTTPS client',
    "network",
  ],
  [
    "self-signed, 1.6",
    at16 +
    'failed to do request: Head "https://H/v2/x": x509: certificate signed by unknown authority',
    "network",
  ],
  [
    "self-signed, 1.7 and 2",
    at2 +
    'failed to do request: Head "https://H/v2/x": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    "network",
  ],
  [
    "401 without credentials, 1.6",
    at16 + "pulling from host H:5002 failed with status code [manifests 1]: 401 Unauthorized",
    "denied",
  ],
  [
    "401 without credentials, 1.7 and 2",
    at2 +
    "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
    "denied",
  ],
  [
    "401 with wrong credentials",
    at2 +
    "unexpected status from HEAD request to http://H/v2/priv/tiny/manifests/1: 401 Unauthorized",
    "denied",
  ],
  [
    "token realm refuses, 1.6",
    at16 +
    "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized",
    "denied",
  ],
  [
    "token realm refuses, 1.7 and 2",
    at2 +
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to http://H/token?scope=a&service=harness: 401 Unauthorized",
    "denied",
  ],
  [
    "403, 1.6",
    at16 + "pulling from host H failed with status code [manifests 1]: 403 Forbidden",
    "denied",
  ],
  [
    "500, 1.6",
    at16 + "pulling from host H failed with status code [manifests 1]: 500 Internal Server Error",
    "server_error",
  ],
  [
    "503, 2",
    at2 +
    "unexpected status from HEAD request to http://H/v2/x/manifests/1: 503 Service Unavailable",
    "server_error",
  ],
  [
    "429, 1.7 and 2",
    at2 + "unexpected status from HEAD request to http://H/v2/x/manifests/1: 429 Too Many Requests",
    "rate_limited",
  ],
  [
    "429, 1.6",
    at16 + "pulling from host H failed with status code [manifests 1]: 429 Too Many Requests",
    "rate_limited",
  ],
  ["unknown tag, 1.x", at16 + "reg.lab:5001/x/y:1: not found", "not_found"],
  ["unknown digest, 2", `${at2}reg.lab:5001/x/y@${digest}: not found`, "not_found"],
  ["no tag", at16 + "object required", "invalid"],
  ["no reference", "ctr: please provide an image reference to pull", "invalid"],
  [
    "wrong bytes, 1.x",
    `ctr: failed commit on ref "layer-${digest}": commit failed: unexpected commit digest sha256:X, expected ${digest}: failed precondition`,
    "bad_content",
  ],
  [
    "wrong bytes, 2",
    `ctr: failed commit on ref "layer-${digest}": unexpected commit digest sha256:X, expected ${digest}: failed precondition`,
    "bad_content",
  ],
  [
    "blob 404",
    `ctr: failed to copy: httpReadSeeker: failed open: could not fetch content descriptor ${digest} (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found`,
    "server_error",
  ],
  [
    "other platform, index",
    `ctr: no match for platform in manifest ${digest}: not found`,
    "no_platform",
  ],
  [
    "disk full while downloading, 1.x",
    "ctr: failed to copy: failed to send write: write /c/ingest/H/data: no space left on device: unknown",
    "disk_full",
  ],
  [
    "disk full while downloading, 2",
    "ctr: failed to copy: write /c/data: no space left on device",
    "disk_full",
  ],
  [
    "disk full while unpacking",
    `ctr: failed to extract layer ${digest}: write /c/snapshots/3/fs/b3: no space left on device: unknown`,
    "disk_full",
  ],
  [
    "blob 403 with the registry's words, 2.4",
    `ctr: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to http://H/v2/x/blobs/${digest}: 403 Forbidden\ndenied\ndenied`,
    "denied",
  ],
  [
    "blob 429 with the registry's words, 2.4",
    `ctr: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to http://H/v2/x/blobs/${digest}: 429 Too Many Requests\ntoomanyrequests: rate limited\ntoomanyrequests: rate limited`,
    "rate_limited",
  ],
  [
    "blob 500 of a registry whose own disk is full, 2.4",
    `ctr: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to http://H/v2/x/blobs/${digest}: 500 Internal Server Error\nunknown: write /r/data: no space left on device`,
    "server_error",
  ],
  [
    "short body, 2.3 and 2.4",
    "ctr: short read: expected 268 bytes but got 0: unexpected EOF",
    "network",
  ],
  [
    "schema 1, 2.3 and 2.4",
    "ctr: schema 1 image manifests are no longer supported: invalid argument",
    "invalid",
  ],
  [
    "schema 1, 2 --local",
    'ctr: not implemented: media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image as "application/vnd.docker.distribution.manifest.v2+json" or "application/vnd.oci.image.manifest.v1+json"',
    "invalid",
  ],
  [
    "layer that may not be unpacked",
    `ctr: failed to extract layer ${digest}: operation not permitted: unknown`,
    "invalid",
  ],
  [
    "layer that the node's disk fails",
    `ctr: failed to extract layer ${digest}: failed to mount /c/tmpmounts/containerd-mount1: input/output error: unknown`,
    "disk_error",
  ],
  [
    "hosts.toml names a CA that is not there, 1.x",
    at16 + 'unable to read CA cert "/h/own.pem": open /h/own.pem: no such file or directory',
    "network",
  ],
  [
    "hosts.toml names a certificate that is not there, 2.4",
    at2 + 'unable to read CERT file "/h/c.pem": open /h/c.pem: no such file or directory',
    "network",
  ],
  [
    "unknown flag, 2.4",
    "Incorrect Usage: flag provided but not defined: -x\n\nctr: flag provided but not defined: -x",
    "runtime",
  ],
  ["unknown flag", "ctr: flag provided but not defined: -nosuchflag", "runtime"],
  ["flag that needs --local", 'ctr: "--skip-verify" requires "--local" flag', "runtime"],
  [
    "ctr 2 without --local on 1.6",
    "ctr: unknown service containerd.services.streaming.v1.Streaming",
    "runtime",
  ],
  [
    "socket missing, 1.x",
    `ctr: failed to dial "${socket}": context deadline exceeded: connection error: desc = "transport: error while dialing: dial unix://${socket}: timeout"`,
    "runtime",
  ],
  [
    "socket missing, 2",
    `ctr: cannot access socket ${socket}: stat ${socket}: no such file or directory`,
    "runtime",
  ],
  [
    "stale socket, 1.x",
    `ctr: failed to dial "${socket}": connection error: desc = "transport: error while dialing: dial unix ${socket}: connect: connection refused"`,
    "runtime",
  ],
  [
    "stale socket, 2",
    `ctr: failed to list images: connection error: desc = "transport: Error while dialing: dial unix ${socket}: connect: connection refused"`,
    "runtime",
  ],
  [
    "daemon hung, 1.6",
    `ctr: failed to dial "${socket}": context deadline exceeded: timed out waiting for server handshake`,
    "runtime",
  ],
  [
    "daemon hung, 2.3 and 2.4",
    `ctr: connection error: desc = "error reading server preface: raw-read unix @->${socket}: use of closed network connection"`,
    "runtime",
  ],
  [
    "stale socket, 2.3 and 2.4",
    `ctr: connection error: desc = "transport: Error while dialing: dial unix ${socket}: connect: connection refused"`,
    "runtime",
  ],
  [
    "daemon hung, 2.1",
    "ctr: connection error: error reading server preface: read unix: use of closed network connection",
    "runtime",
  ],
  [
    "daemon died in the middle, 1.x",
    "ctr: failed to copy: failed to send write: EOF: unknown",
    "runtime",
  ],
  [
    "daemon died in the middle, 1.x, another way",
    "ctr: failed to copy: failed to send write: transport is closing: unavailable",
    "runtime",
  ],
  ["daemon died in the middle, 2", "ctr: error reading from server: EOF", "runtime"],
  [
    "read-only disk while downloading, 1.x",
    "ctr: failed to copy: failed to send write: open /c/ingest/H/data: read-only file system: unknown",
    "disk_error",
  ],
  [
    "read-only disk while unpacking",
    'ctr: failed to prepare extraction snapshot "extract-1": failed to create temp dir: mkdir /c/snapshots/new-1: read-only file system: unknown',
    "disk_error",
  ],
  [
    "layer that no snapshotter unpacks",
    `ctr: failed to extract layer ${digest}: failed to get stream processor for application/vnd.in-toto+json: no processor for media-type: unknown`,
    "invalid",
  ],
  [
    "artifact without file systems",
    "ctr: mismatched image rootfs and manifest layers: unknown",
    "invalid",
  ],
  [
    "what is no manifest",
    `ctr: unexpected media type application/vnd.cncf.helm.config.v1+json for ${digest}: not found`,
    "invalid",
  ],
  [
    "a proxy's page instead of a manifest",
    `ctr: unexpected media type text/html for ${digest}: not found`,
    "server_error",
  ],
  [
    "schema 1, 2.0",
    'ctr: failed to resolve image: not implemented: media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.0, please rebuild the image as "application/vnd.oci.image.manifest.v1+json"',
    "invalid",
  ],
  ["something new", "ctr: the moon is in the wrong house", "server_error"],
];

for (const [what, text, failure] of measured) {
  Deno.test(`ctr's text for "${what}" means ${failure}`, () => {
    const stderr = `time="now" level=info msg="trying next host"\n${text}\n`;
    const outcome = classifyPull({ code: 1, stderr, socket });
    assert(outcome.result === "failed");
    assertEquals(outcome.failure, failure);
    assert(outcome.detail.length > 0 && text.includes(outcome.detail.slice(0, 20)), outcome.detail);
  });
}

/** Where the words of each version name a status, and what stands before it. */
const STATUS_TEXTS = {
  "1.6 manifests": at16 + "pulling from host H:5002 failed with status code [manifests 429]: ",
  "1.6 blobs":
    `ctr: failed to copy: httpReadSeeker: failed open: unexpected status code https://H:5002/v2/x/blobs/${digest}: `,
  "1.6 token": at16 + "failed to authorize: failed to fetch anonymous token: unexpected status: ",
  "1.7 manifests": at16 +
    "unexpected status from HEAD request to http://H:429/v2/x/manifests/403: ",
  "2 token": at2 +
    "failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://H/token: ",
  "2 blobs":
    `ctr: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to https://H/v2/x/blobs/${digest}?X-Sig=404: `,
} as const;

const STATUSES: readonly (readonly [status: number, phrase: string, failure: PullFailure])[] = [
  [401, "Unauthorized", "denied"],
  [402, "Payment Required", "denied"],
  [403, "Forbidden", "denied"],
  [404, "Not Found", "not_found"],
  [407, "Proxy Authentication Required", "denied"],
  [408, "Request Timeout", "server_error"],
  [410, "Gone", "not_found"],
  [412, "Precondition Failed", "denied"],
  [429, "Too Many Requests", "rate_limited"],
  [451, "Unavailable For Legal Reasons", "denied"],
  [500, "Internal Server Error", "server_error"],
  [502, "Bad Gateway", "server_error"],
  [503, "Service Unavailable", "server_error"],
];

for (const [where, text] of Object.entries(STATUS_TEXTS)) {
  Deno.test(`a status counts by its number, whatever phrase comes with it (${where})`, () => {
    for (const [status, phrase, failure] of STATUSES) {
      const phrases = [` ${phrase}`, ` ${phrase.toUpperCase()}`, ` ${phrase.toLowerCase()}`];
      const odd = [" ", "", " no space left on device", " x509: ", " 429 Too Many Requests"];
      for (const said of [...phrases, ...odd]) {
        const outcome = classifyPull({ code: 1, stderr: `${text}${status}${said}\n`, socket });
        assert(outcome.result === "failed");
        assertEquals(outcome.failure, failure, `${status}${said}`);
      }
    }
  });
}

const OF_DISKS = [
  ...["input/output error", "read-only file system", "structure needs cleaning"],
  ...["stale file handle", "stale NFS file handle", "bad message"],
  ...["transport endpoint is not connected", "no such device or address"],
];

Deno.test("a disk that fails is tried rarely, and the hint says where to look", () => {
  for (const words of OF_DISKS) {
    for (
      const said of [
        `failed to extract layer ${digest}: mkdir /c/snapshots/1: ${words}: unknown`,
        `failed to copy: failed to send write: open /c/ingest/H/data: ${words}: unknown`,
        `failed to copy: open /c/ingest/H/data: ${words}`,
      ]
    ) {
      const outcome = classifyPull({ code: 1, stderr: `ctr: ${said}\n`, socket });
      assert(outcome.result === "failed");
      assertEquals(outcome.failure, "disk_error", said);
      assertStringIncludes(outcome.detail, "kernel's log");
    }
  }
  assertEquals(FAILURE_RULES.disk_error.kind, "park");
});

Deno.test("a registry whose own disk fails is no disk of this node", () => {
  const url = "http://H/v2/x";
  const stderr =
    `${at2}unexpected status from GET request to ${url}: 500 Internal Server Error: read-only file system\n`;
  const outcome = classifyPull({ code: 1, stderr, socket });
  assert(outcome.result === "failed");
  assertEquals(outcome.failure, "server_error");
});

Deno.test("a success stays a success whatever ctr wrote to stderr", () => {
  const stderr = 'time="now" level=error msg="failed to get content info"\nctr: not found\n';
  assertEquals(classifyPull({ code: 0, stderr, socket }), { result: "pulled" });
});

Deno.test("a pull that we stopped is cancelled, even when it had just succeeded", () => {
  assertEquals(
    classifyPull({ code: 143, stderr: "", socket, endedBy: "abort" }).result,
    "cancelled",
  );
  assertEquals(classifyPull({ code: 0, stderr: "", socket, endedBy: "abort" }).result, "cancelled");
});

Deno.test("a pull ended for lack of progress has stalled, and says for how long", () => {
  const outcome = classifyPull({
    code: 143,
    stderr: "",
    socket,
    endedBy: "stall",
    quietSeconds: 120,
  });
  assert(outcome.result === "failed");
  assertEquals(outcome.failure, "stalled");
  assertStringIncludes(outcome.detail, "120 s");
});

Deno.test("a pull ended because containerd hangs is the runtime's failure", () => {
  const outcome = classifyPull({ code: 143, stderr: "", socket, endedBy: "hung" });
  assert(outcome.result === "failed");
  assertEquals(outcome.failure, "runtime");
  assertStringIncludes(outcome.detail, socket);
});

Deno.test("a ctr that was killed or crashed is the runtime's failure", () => {
  const killed = classifyPull({ code: 137, stderr: "", socket });
  assert(killed.result === "failed");
  assertEquals(killed.failure, "runtime");
  const crashed = classifyPull({ code: 2, stderr: "panic: boom\n\ngoroutine 1:\n", socket });
  assert(crashed.result === "failed");
  assertEquals(crashed.failure, "runtime");
});

Deno.test("an image name that reads like a reason is not taken for one", () => {
  for (const tag of ["429", "x509", "toomanyrequests", "EOF", "denied"]) {
    const stderr = `${at2}reg.lab/x509/toomanyrequests:${tag}: not found\n`;
    const outcome = classifyPull({ code: 1, stderr, socket });
    assert(outcome.result === "failed");
    assertEquals(outcome.failure, "not_found", tag);
  }
});

Deno.test("what a registry says is told, and not taken for what ctr says", () => {
  const url = "http://H/v2/x/blobs/1";
  for (const words of ["ctr: error reading from server: EOF", `dial unix ${socket}: refused`]) {
    const stderr = `${at2}unexpected status from GET request to ${url}: 403 Forbidden\n${words}\n`;
    const outcome = classifyPull({ code: 1, stderr, socket });
    assert(outcome.result === "failed");
    assertEquals(outcome.failure, "denied");
    assertStringIncludes(outcome.detail, `the registry says: ${words}`);
  }
});

Deno.test("a registry that says toomanyrequests is given a pause whatever its status", () => {
  const words = "toomanyrequests: you have reached your pull rate limit";
  const stderr =
    `${at2}unexpected status from GET request to http://H/v2/x: 403 Forbidden\n${words}\n${words}\n`;
  const outcome = classifyPull({ code: 1, stderr, socket });
  assert(outcome.result === "failed");
  assertEquals(outcome.failure, "rate_limited");
  assertEquals(outcome.detail.split(words).length, 2, "once");
});

Deno.test("a detail masks what must stay secret", () => {
  const stderr = "ctr: unexpected status from GET request to " +
    "https://user:hunter2@reg.lab/v2/x?X-Amz-Signature=cafe&token=hunter2: 400 Bad Request, " +
    "Authorization: Bearer aHVudGVyMg.hunter2";
  const outcome = classifyPull({ code: 1, stderr, socket });
  assert(outcome.result === "failed");
  assert(!/hunter2|cafe/.test(outcome.detail), outcome.detail);
  assertStringIncludes(outcome.detail, "400 Bad Request");
});

Deno.test("a detail is one line of at most 500 characters for any text", () => {
  const hinted = "x509: ".repeat(500);
  const text = fc.oneof(fc.constant(hinted), fc.string({ maxLength: 3000 }));
  fc.assert(fc.property(text, fc.integer(), (text, code) => {
    const outcome = classifyPull({ code, stderr: `ctr: ${text}`, socket });
    if (outcome.result !== "failed") return;
    assert(outcome.detail.length <= 500);
    assert(!/\p{Cc}/u.test(outcome.detail));
  }));
});

Deno.test("wrong bytes are not fetched again before containerd has dropped them", () => {
  const rule = FAILURE_RULES.bad_content;
  assert(rule.kind === "retry" && rule.notBeforeMs !== undefined && rule.notBeforeMs >= 2000);
});
