import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as fc from "fast-check";
import {
  chosenChallenge,
  parseChallenges,
  tokenRequest,
} from "../../../mod/pure/relay/auth_challenge.ts";
import { certificateBlocks } from "../../../mod/pure/relay/certificate_blocks.ts";
import { parseContentRange } from "../../../mod/pure/relay/content_range.ts";
import { maskedLine } from "../../../mod/pure/relay/masked_line.ts";
import { answered, jointly, unanswered } from "../../../mod/pure/relay/registry_failure.ts";
import { parseRetryAfter } from "../../../mod/pure/relay/retry_after.ts";
import { parseTokenAnswer, usableMs } from "../../../mod/pure/relay/token_answer.ts";

function plain(header: string) {
  return parseChallenges(header).map((
    { scheme, parameters },
  ) => [scheme, Object.fromEntries(parameters)]);
}

Deno.test("challenges are read with quoted commas, in any case, several in one header", () => {
  assertEquals(plain('Bearer realm="https://a/t",service="a, b",scope="x:y:pull,push"'), [
    ["bearer", { realm: "https://a/t", service: "a, b", scope: "x:y:pull,push" }],
  ]);
  assertEquals(plain('BASIC Realm="x", bearer REALM = "https://a" , error=invalid_token'), [
    ["basic", { realm: "x" }],
    ["bearer", { realm: "https://a", error: "invalid_token" }],
  ]);
  assertEquals(plain('Bearer realm="a \\"b\\" Basic x"'), [["bearer", { realm: 'a "b" Basic x' }]]);
  assertEquals(plain("Negotiate, Basic"), [["negotiate", {}], ["basic", {}]]);
  assertEquals(
    chosenChallenge(parseChallenges('Basic realm="x", Bearer realm="y"'))?.scheme,
    "bearer",
  );
  assertEquals(chosenChallenge(parseChallenges("Negotiate")), undefined);
});

Deno.test("a challenge for a token that names no token service gives way to one for a password", () => {
  // as gateways of Azure send it
  const mixed = 'Bearer authorization_uri="https://login.example/x", Basic realm="https://a/"';
  assertEquals(chosenChallenge(parseChallenges(mixed))?.scheme, "basic");
  assertEquals(chosenChallenge(parseChallenges('Bearer realm="", Basic'))?.scheme, "basic");
  assertEquals(chosenChallenge(parseChallenges("Bearer error=x"))?.scheme, "bearer");
});

Deno.test("a token is for pulling the repository at hand, whatever the challenge names, and for no push", () => {
  const own = "repository:team/app:pull";
  const vectors: Readonly<Record<string, readonly string[]>> = {
    "": [own],
    [own]: [own],
    // ECR Public
    "aws": ["aws", own],
    // the root of GHCR
    "repository:user/image:pull": ["repository:user/image:pull", own],
    "repository:team/app:pull,push": [own],
    "repository:team/app:push repository:team/app:*": [own],
    "repository:team/app:pull,metadata_read,delete": [
      "repository:team/app:pull,metadata_read",
      own,
    ],
    "repository(plugin):team/app:push": ["repository(plugin):team/app:pull", own],
    "repository:host:5000/app:pull,push": ["repository:host:5000/app:pull", own],
    "registry:catalog:*": ["registry:catalog:*", own],
  };
  for (const [scope, asked] of Object.entries(vectors)) {
    const [challenge] = parseChallenges(`Bearer realm="https://a/t",scope="${scope}"`);
    assert(challenge !== undefined);
    const request = tokenRequest(challenge, "team/app");
    assert("url" in request);
    assertEquals(new URL(request.url).searchParams.getAll("scope"), asked, scope);
    assertEquals(request.scopes, asked, scope);
  }
});

Deno.test("no header makes reading challenges fail", () => {
  fc.assert(fc.property(fc.string(), (header) => void parseChallenges(header)));
});

Deno.test("a token is asked for with what the challenge says, and for a pull where it says nothing", () => {
  const request = (header: string) => {
    const [challenge] = parseChallenges(header);
    assert(challenge !== undefined);
    return tokenRequest(challenge, "team/app");
  };
  const asked = request(
    'Bearer realm="http://a/t?x=1",service="s",scope="repository:a:pull repository:b:pull"',
  );
  assert("url" in asked);
  const { searchParams } = new URL(asked.url);
  const own = "repository:team/app:pull";
  assertEquals(searchParams.getAll("scope"), ["repository:a:pull", "repository:b:pull", own]);
  assertEquals([searchParams.get("x"), searchParams.get("service")], ["1", "s"]);
  const bare = request('Bearer realm="https://a/t"');
  assert("url" in bare);
  assertEquals(new URL(bare.url).searchParams.get("scope"), "repository:team/app:pull");
  for (const realm of ["", "file:///etc/passwd", "/token", "https://user:pw@a/", "javascript:1"]) {
    assert("fault" in request(`Bearer realm="${realm}"`), realm);
  }
});

Deno.test("a token lives as long as it says, a minute where it says nothing sensible", () => {
  const lifetime = (json: string) => parseTokenAnswer(json)?.lifetimeMs;
  assertEquals(lifetime('{"token":"t","expires_in":300}'), 300_000);
  for (
    const said of [
      "",
      ',"expires_in":0',
      ',"expires_in":-5',
      ',"expires_in":"x"',
      ',"expires_in":null',
    ]
  ) {
    assertEquals(lifetime(`{"token":"t"${said}}`), 60_000, said);
  }
  assertEquals(usableMs({ token: "t", lifetimeMs: 300_000 }), 270_000);
  assertEquals(usableMs({ token: "t", lifetimeMs: 4_000 }), 3_000);
});

Deno.test("what is no token is none", () => {
  for (
    const text of ["<html>", "{}", '{"token":""}', '{"token":"a\\nb"}', "[]", "null", '{"token":5}']
  ) {
    assertEquals(parseTokenAnswer(text), undefined, text);
  }
  assertEquals(parseTokenAnswer('{"access_token":"t"}')?.token, "t");
});

Deno.test("Retry-After is seconds or a date, by the server's own clock", () => {
  const wallMs = Date.parse("2026-01-01T00:00:00Z");
  const parse = (header: string | null, date: string | null = null) =>
    parseRetryAfter(header, { date, wallMs });
  assertEquals(parse("2"), 2_000);
  assertEquals(parse("Thu, 01 Jan 2026 00:00:05 GMT"), 5_000);
  const theirs = "Thu, 01 Jan 2026 01:00:00 GMT";
  assertEquals(parse("Thu, 01 Jan 2026 01:00:07 GMT", theirs), 7_000);
  assertEquals(parse("864000"), 3_600_000);
  for (
    const nothing of [null, "", "0", "-1", "soon", "1.5", "Wed, 31 Dec 2025 00:00:00 GMT"]
  ) {
    assertEquals(parse(nothing), undefined, `${nothing}`);
  }
});

Deno.test("Content-Range tells what bytes came, or nothing", () => {
  assertEquals(parseContentRange("bytes 0-9/10"), { from: 0, end: 10, total: 10 });
  assertEquals(parseContentRange("bytes 5-9/*"), { from: 5, end: 10 });
  for (const wrong of [null, "", "bytes 9-5/10", "bytes 0-10/10", "bytes */10", "items 0-1/2"]) {
    assertEquals(parseContentRange(wrong), undefined, `${wrong}`);
  }
});

Deno.test("each status means one thing", () => {
  const failure = (status: number) => answered({ status }).failure;
  assertEquals([401, 403, 451].map(failure), ["denied", "denied", "denied"]);
  assertEquals([404, 410].map(failure), ["not_found", "not_found"]);
  assertEquals([500, 502, 503, 400, 405, 302].map(failure), Array(6).fill("server_error"));
  assertEquals([429, 416].map(failure), ["rate_limited", "bad_content"]);
});

Deno.test("a registry's own words are told on one line, without secrets", () => {
  const said = (body: string) => answered({ status: 403, body }).text;
  const errors = [{ code: "DENIED", message: "no\naccess to https://a/b?sig=s3cret" }];
  assertEquals(
    said(JSON.stringify({ errors })),
    "answered 403 Forbidden: DENIED: no access to https://a/b?***",
  );
  for (
    const body of [
      "",
      "<html>",
      "[]",
      "null",
      '{"errors":{}}',
      '{"errors":[null]}',
      '{"errors":[{"code":5}]}',
    ]
  ) {
    assertEquals(said(body), "answered 403 Forbidden", body);
  }
});

Deno.test("addresses and logins are masked in lines", () => {
  assertEquals(
    maskedLine("get https://u:p@a/b?X-Sig=1: Bearer abcdefghij\tend", 100),
    "get https://***@a/b?***: Bearer *** end",
  );
  assertEquals(maskedLine("x".repeat(600), 500).length, 500);
});

Deno.test("network troubles say what to do", () => {
  const text = (words: string) => unanswered(words).text;
  const prefix = "error sending request for url (https://a/?sig=1): client error (Connect): ";
  assertStringIncludes(text(`${prefix}invalid peer certificate: UnknownIssuer`), '"ca"');
  assertStringIncludes(text(`${prefix}received corrupt message of type X`), "http:// host");
  assertEquals(
    text(`${prefix}tcp connect error: Connection refused (os error 111)`),
    "failed: tcp connect error: Connection refused (os error 111)",
  );
});

Deno.test("the registry's own word decides, and all are told", () => {
  const host = (address: string, status?: number, retryAfterMs?: number) => ({
    address,
    origin: address === "origin",
    failure: status === undefined ? unanswered("refused") : answered({ status, retryAfterMs }),
  });
  const decided = (...hosts: ReturnType<typeof host>[]) => jointly(hosts).failure;
  assertEquals(decided(host("m", 404), host("origin", 401)), "denied");
  assertEquals(decided(host("m"), host("origin", 404)), "not_found");
  assertEquals(decided(host("m", 401), host("origin", 500)), "server_error");
  // it may be there once the registry can be reached
  assertEquals(decided(host("m", 404), host("origin")), "network");
  const paused = jointly([host("m", 429, 5_000), host("origin")]);
  assertEquals([paused.failure, paused.retryAfterMs, paused.status], ["rate_limited", 5_000, 429]);
  assertEquals(decided(host("m"), host("n", 404)), "not_found");
  assertEquals(decided(), "not_found");
  const { detail } = jointly([host("m", 404), host("origin", 401)]);
  assertEquals(detail.indexOf("origin answered 401"), 0);
  assertStringIncludes(detail, "; m answered 404");
});

Deno.test("certificates are found among comments and keys", () => {
  const block = (body: string, kind = "CERTIFICATE") =>
    `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
  const body = `MII${"A".repeat(97)}`;
  const text = `# Authority\r\n${block(body).replaceAll("\n", "\r\n")}# bye\n${
    block("MIIx", "PRIVATE KEY")
  }`;
  const blocks = certificateBlocks(text + block("!!!!") + block("AAAA") + block(body));
  assertEquals(blocks.length, 2);
  assertEquals(blocks[0], blocks[1]);
  assertStringIncludes(blocks[0] ?? "", "MIIAAA");
});
