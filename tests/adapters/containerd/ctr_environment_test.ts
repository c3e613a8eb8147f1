import { assertEquals } from "@std/assert";
import { hasOwnWay } from "../../../mod/adapters/containerd/ctr_environment.ts";

const WAYS: readonly (readonly [Record<string, string>, boolean])[] = [
  [{}, false],
  [{ NO_PROXY: "a" }, false],
  [{ no_proxy: "a" }, false],
  [{ HTTPS_PROXY: "" }, false],
  [{ HTTPS_PROXY: "http://proxy:1", NO_PROXY: "a" }, true],
  [{ http_proxy: "http://proxy:1" }, true],
  [{ SSL_CERT_FILE: "/a" }, true],
  [{ SSL_CERT_DIR: "/a" }, true],
  [{ PATH: "/bin" }, false],
];
for (const [env, own] of WAYS) {
  Deno.test(`${JSON.stringify(env)} is ${own ? "a" : "no"} way of ctr's own`, () => {
    assertEquals(hasOwnWay(env), own);
  });
}
