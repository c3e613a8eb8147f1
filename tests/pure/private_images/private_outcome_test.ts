import { assertEquals } from "@std/assert";
import {
  type LoginsOfPull,
  privateOutcome,
} from "../../../mod/pure/private_images/private_outcome.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";

const SHOP = { namespace: "shop", name: "regcred" };
const NONE: LoginsOfPull = { tried: [], awaited: [], mayUseLogin: true, hasRelay: true };

Deno.test("what is refused while a login is on its way waits for it, by name", () => {
  assertEquals(told("denied", { awaited: [SHOP] }), [
    "login_awaited",
    "waits for the login of secret shop/regcred",
  ]);
  const several = [SHOP, ...["a", "b", "c"].map((name) => ({ namespace: "desk", name }))];
  assertEquals(told("not_found", { awaited: several }), [
    "login_awaited",
    "waits for the logins of secrets shop/regcred, desk/a, desk/b and 1 more, " +
    "as its registry knows it not without",
  ]);
});

Deno.test("any other failure means what it says", () => {
  assertEquals(told("network", { awaited: [SHOP] }), ["network", "401"]);
  assertEquals(told("rate_limited", { awaited: [SHOP] }), ["rate_limited", "401"]);
});

Deno.test("what is refused for good says what to set, or why no login helped", () => {
  assertEquals(told("denied", { mayUseLogin: false })[1]?.includes("warm-images/private"), true);
  assertEquals(told("denied", {})[1], "401 (this node has no login that serves it)");
  assertEquals(
    told("denied", { tried: ["plugin p", "login file"] })[1],
    "401 (no login to be had of: plugin p, login file)",
  );
  const detail = "with the login of login file: 403; without a login: 401";
  assertEquals(told("denied", { tried: ["login file"] }, { detail }), ["denied", detail]);
  assertEquals(told("not_found", { tried: ["login file"] }), ["not_found", "401"]);
});

Deno.test("without the relay nothing waits for a login, as none can be used", () => {
  assertEquals(told("denied", { awaited: [SHOP], hasRelay: false }), [
    "denied",
    "401 (it needs the relay to be had by a login: --relay is off)",
  ]);
  assertEquals(told("denied", { tried: ["login file"] }, { direct: "hosts.toml" }), [
    "denied",
    "401 (it needs the relay to be had by a login: hosts.toml)",
  ]);
});

Deno.test("a note finds room in the longest detail", () => {
  const [, detail] = told("denied", {}, { detail: "x".repeat(500) });
  assertEquals(detail?.length, 500);
});

type Failed = PullOutcome & { readonly result: "failed" };

function told(
  failure: Failed["failure"],
  logins: Partial<LoginsOfPull>,
  rest: Partial<Failed> = {},
): [string, string] | [] {
  const outcome = privateOutcome(
    { result: "failed", failure, detail: "401", ...rest },
    { ...NONE, ...logins },
  );
  return outcome.result === "failed" ? [outcome.failure, outcome.detail] : [];
}
