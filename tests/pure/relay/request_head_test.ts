import { assertEquals } from "@std/assert";
import { parseRequestHead } from "../../../mod/pure/relay/request_head.ts";

const LINES = "Host: 127.0.0.1:1\r\nAccept: */*";

Deno.test("a request's head is read, whatever else stands in it", () => {
  assertEquals(parseRequestHead(`GET /v2/a?ns=b HTTP/1.1\r\n${LINES}\r\nrANGE:  bytes=0-5 `), {
    method: "GET",
    path: "/v2/a",
    range: "bytes=0-5",
    keepsAlive: true,
  });
  assertEquals(parseRequestHead("HEAD / HTTP/1.1")?.range, undefined);
  assertEquals(parseRequestHead("GET / HTTP/1.1\r\nContent-Length: 0\r\nX:")?.method, "GET");
});

Deno.test("a connection serves again where both sides may keep it", () => {
  const keepsAlive = (version: string, connection: string) =>
    parseRequestHead(`GET / HTTP/${version}\r\nConnection: ${connection}`)?.keepsAlive;
  assertEquals(keepsAlive("1.1", "keep-alive"), true);
  assertEquals(keepsAlive("1.1", "Close"), false);
  assertEquals(keepsAlive("1.1", "te, close"), false);
  assertEquals(keepsAlive("1.1", "not-close"), true);
  assertEquals(keepsAlive("1.0", "keep-alive"), false);
});

Deno.test("what is no head, or announces a body, is none", () => {
  const heads = [
    ...["", "GET", "GET /", "GET / HTTP/2", "GET / HTTP/1.2", "get / HTTP/1.1", "GET a HTTP/1.1"],
    ...["GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / a HTTP/1.1", "\x16\x03\x01"],
    ...["no header", ": none", " folded: 1", "a b: 1", "a : 1", ""].map((line) =>
      `GET / HTTP/1.1\r\n${line}`
    ),
    "GET / HTTP/1.1\r\nContent-Length: 1",
    "GET / HTTP/1.1\r\nTransfer-Encoding: chunked",
  ];
  for (const head of heads) assertEquals(parseRequestHead(head), undefined, head);
});
