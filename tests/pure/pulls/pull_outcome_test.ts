import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  classifyPull,
  FAILURE_RULES,
  type PullFailure,
} from "../../../mod/pure/pulls/pull_outcome.ts";
import { at16, at2, CTR_TEXTS, digest, socket } from "./ctr_texts.ts";

for (const [what, text, failure] of CTR_TEXTS) {
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
