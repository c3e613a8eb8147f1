import { assertEquals } from "@std/assert";
import type { Passwords } from "../../../mod/pure/logins/login_names.ts";
import { type FoundLogins, planLogins } from "../../../mod/pure/logins/login_plan.ts";
import { masterTexts, nodeUserTexts } from "../../../mod/pure/logins/login_texts.ts";

const FRESH = {
  passwords: { controller: "new-c", agent: "new-a" },
  nodeUsers: { seeds: "new seeds", config: "new issuer" },
  revision: "r2",
};
const KEPT = { controller: "kept-c", agent: "kept-a" };
const KEPT_NODE_USERS = nodeUserTexts({ seeds: "kept seeds", config: "kept issuer" });
const keptTexts = (passwords: Passwords) => ({ ...masterTexts(passwords), ...KEPT_NODE_USERS });
const newTexts = (passwords: Passwords) => ({
  ...masterTexts(passwords),
  ...nodeUserTexts(FRESH.nodeUsers),
});
const NOTHING: FoundLogins = {
  master: undefined,
  copy: undefined,
  earlier: undefined,
  nats: undefined,
};
const INSTALLED: FoundLogins = {
  ...NOTHING,
  master: { texts: keptTexts(KEPT), revision: "" },
  copy: { password: "kept-a" },
  nats: { revision: "" },
};

Deno.test("where nothing is, both logins are made up, and NATS starts with them", () => {
  assertEquals(planLogins(NOTHING, FRESH), {
    origins: { controller: "made up", agent: "made up" },
    master: { texts: newTexts(FRESH.passwords), revision: "" },
    copy: { password: "new-a" },
    restart: undefined,
  });
});

Deno.test("where all is there, nothing is written", () => {
  const { origins, ...writes } = planLogins(INSTALLED, FRESH);
  assertEquals(origins, { controller: "master", agent: "master" });
  assertEquals(writes, { master: undefined, copy: undefined, restart: undefined });
});

Deno.test("agents whose Secret is lost, or not yet in their new namespace, keep their password", () => {
  const plan = planLogins({ ...INSTALLED, copy: undefined }, FRESH);
  assertEquals(plan.copy, { password: "kept-a" });
  assertEquals([plan.master, plan.restart], [undefined, undefined]);
});

Deno.test("a Secret of the agents that differs from what NATS has is set right", () => {
  const plan = planLogins({ ...INSTALLED, copy: { password: "other" } }, FRESH);
  assertEquals(plan.copy, { password: "kept-a" });
  assertEquals([plan.master, plan.restart], [undefined, undefined]);
});

Deno.test("a lost Secret beside NATS is made of the agents' own, and NATS restarted", () => {
  const plan = planLogins({ ...INSTALLED, master: undefined }, FRESH);
  assertEquals(plan.origins, { controller: "made up", agent: "copy" });
  assertEquals(plan.master, {
    texts: newTexts({ controller: "new-c", agent: "kept-a" }),
    revision: "r2",
  });
  assertEquals([plan.copy, plan.restart], [undefined, "r2"]);
});

Deno.test("logins that chart 0.1.0 made are taken over from NATS' configuration", () => {
  const conf = `authorization {
  users: [
    {
      user: "controller"
      password: "old-c"
      permissions: { publish: ["a"] }
    }
    {
      user: "agent"
      password: "old-a"
    }`;
  const found = { ...NOTHING, earlier: { "nats.conf": conf }, nats: { revision: "" } };
  assertEquals(planLogins(found, FRESH), {
    origins: { controller: "earlier", agent: "earlier" },
    master: { texts: newTexts({ controller: "old-c", agent: "old-a" }), revision: "" },
    copy: { password: "old-a" },
    restart: undefined,
  });
});

Deno.test("logins that were given by value are taken over when they no longer are", () => {
  const earlier = { controller: "given-c", agent: "given-a" };
  const plan = planLogins({ ...NOTHING, earlier, nats: { revision: "" } }, FRESH);
  assertEquals(plan.master, { texts: newTexts(earlier), revision: "" });
});

Deno.test("what earlier charts left does not count once there are logins of ours", () => {
  const earlier = { controller: "given-c", agent: "given-a" };
  assertEquals(planLogins({ ...INSTALLED, earlier }, FRESH).master, undefined);
});

Deno.test("a restart that was not reached is made up for by the next run", () => {
  const master = { texts: keptTexts(KEPT), revision: "r1" };
  const behind = planLogins({ ...INSTALLED, master }, FRESH);
  assertEquals([behind.master, behind.restart], [undefined, "r1"]);
  const nats = { revision: "r1" };
  assertEquals(planLogins({ ...INSTALLED, master, nats }, FRESH).restart, undefined);
});

Deno.test("a password changed by hand reaches NATS and the agents", () => {
  const texts = { ...keptTexts(KEPT), agent: "mine\n" };
  const plan = planLogins({ ...INSTALLED, master: { texts, revision: "" } }, FRESH);
  assertEquals(plan.master?.texts, keptTexts({ controller: "kept-c", agent: "mine" }));
  assertEquals([plan.copy, plan.restart], [{ password: "mine" }, "r2"]);
});

Deno.test("a password of an emptied Secret is made up, the other stays", () => {
  const texts = { ...keptTexts(KEPT), controller: "" };
  const plan = planLogins({ ...INSTALLED, master: { texts, revision: "" } }, FRESH);
  assertEquals(plan.origins, { controller: "made up", agent: "master" });
  assertEquals(plan.master?.texts["agent"], "kept-a");
});

Deno.test("a Secret of before there were users of nodes gets theirs, and NATS stays up", () => {
  const master = { texts: masterTexts(KEPT), revision: "r1" };
  const plan = planLogins({ ...INSTALLED, master, nats: { revision: "r1" } }, FRESH);
  assertEquals(plan.master, { texts: newTexts(KEPT), revision: "r1" });
  assertEquals([plan.copy, plan.restart], [undefined, undefined]);
});

Deno.test("seeds that are lost are made anew with what NATS is told of them, and it is restarted", () => {
  const texts = { ...keptTexts(KEPT), "node-users": "" };
  const plan = planLogins({ ...INSTALLED, master: { texts, revision: "" } }, FRESH);
  assertEquals([plan.master?.texts, plan.restart], [newTexts(KEPT), "r2"]);
});
