// By which secrets private images are had: those of pods, and those of their ServiceAccounts.
import { assert, assertEquals } from "@std/assert";
import { ownedBy, podOf, replicaSet, specOf } from "./cluster_objects.ts";
import { observeAll, Passes } from "./folding.ts";
import { account, APP, by, bytes, space, uses, usesOf, web } from "./private_objects.ts";

Deno.test("secrets of the ServiceAccount count for templates that name none", () => {
  const shop = space("shop", "bytes");
  assertEquals(uses([shop, account(["of-all"]), web({})]), [bytes("shop/of-all")]);
  assertEquals(uses([account(["of-all"]), web({})]), "unwanted");
  const own = { serviceAccountName: "robot" };
  assertEquals(uses([shop, account(["of-all"]), web(own)]), [bytes()]);
  const robot = account(["b", "a"], "robot");
  assertEquals(uses([shop, account(["of-all"]), robot, web(own)]), [bytes("shop/a", "shop/b")]);
  const former = { serviceAccount: "robot" };
  assertEquals(uses([shop, robot, web(former)]), [bytes("shop/a", "shop/b")]);
});

Deno.test("they do not count beside secrets of the template's own, nor in other namespaces", () => {
  const shop = space("shop", "bytes");
  assertEquals(uses([shop, account(["of-all"]), web()]), [bytes("shop/regcred")]);
  assertEquals(uses([shop, account(["of-all"], "default", "bank"), web({})]), [bytes()]);
});

Deno.test("a secret without a name is none, and keeps the ServiceAccount's away", () => {
  const shop = space("shop", "bytes");
  for (const entry of [{ name: "" }, {}]) {
    const pod = { imagePullSecrets: [entry] };
    assertEquals(uses([shop, account(["of-all"]), web(pod)]), [bytes()]);
    assertEquals(
      uses([account(["of-all"]), web(pod)]),
      undefined,
      "it is asked for as a public one",
    );
  }
  assertEquals(uses([account([""]), web({})]), undefined);
  assertEquals(uses([shop, web(by("", "regcred"))]), [bytes("shop/regcred")]);
  assertEquals(uses([shop, account([]), web({ imagePullSecrets: [] })]), [bytes()]);
});

Deno.test("a live pod has all its secrets, a template's pods are still to get them", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "shop" },
    spec: specOf([APP]),
  };
  const live = { ...pod, metadata: { ...pod.metadata, uid: "1" }, status: { phase: "Running" } };
  assertEquals(uses([account(["of-all"]), live]), undefined);
  assertEquals(uses([account(["of-all"]), pod]), "unwanted", "a manifest");
  const withSecret = { ...live, spec: specOf([APP], by("of-all")) };
  assertEquals(uses([withSecret]), "unwanted");
  assertEquals(uses([space("shop", "bytes"), withSecret]), [bytes("shop/of-all")]);
  const foreign = {
    apiVersion: "ex.io/v1",
    kind: "Build",
    metadata: { name: "b", namespace: "shop" },
  };
  assertEquals(uses([account(["of-all"]), podOf(foreign, "x", [APP])]), undefined);
  assertEquals(uses([podOf(foreign, "x", [APP], { spec: by("own") })]), "unwanted");
});

Deno.test("secrets that a webhook adds to pods count for what comes after them", () => {
  const deployment = web({});
  const set = replicaSet(deployment, 1, 1, [APP]);
  const pod = podOf(set, "web-x", [APP], { spec: by("added") });
  const passes = new Passes();
  assertEquals(usesOf(passes.pass([space("shop", "bytes"), deployment, set, pod])), [
    bytes("shop/added"),
  ]);
  assertEquals(usesOf(passes.pass([space("shop", "bytes"), deployment, set])), [
    bytes("shop/added"),
  ]);
  assertEquals(usesOf(passes.pass([space("shop"), deployment, set])), "unwanted");
});

Deno.test("an account whose secrets are others by now counts beside what its pods came with", () => {
  const deployment = web({});
  const set = replicaSet(deployment, 1, 1, [APP]);
  const pod = podOf(set, "web-x", [APP], { spec: by("old") });
  const [shop, later] = [space("shop", "bytes"), account(["new"])];
  const passes = new Passes();
  const both = [bytes("shop/new", "shop/old")];
  assertEquals(usesOf(passes.pass([shop, later, deployment, set, pod])), both);
  assertEquals(usesOf(passes.pass([shop, later, deployment, set])), both, "scaled to zero");
  // Who names secrets gets none of the account, and a pod that came without any is had without.
  const named = web(by("old"));
  const ofNamed = replicaSet(named, 1, 1, [APP], by("old"));
  const itsPod = podOf(ofNamed, "web-x", [APP], { spec: by("old") });
  assertEquals(uses([shop, later, named, ofNamed, itsPod]), [bytes("shop/old")]);
  const plain = podOf(set, "web-x", [APP]);
  assertEquals(uses([shop, later, deployment, set, plain]), [bytes()]);
});

Deno.test("a new template that names secrets of its own does not get those of former pods", () => {
  const before = web({});
  const set = replicaSet(before, 1, 1, [APP]);
  const pod = podOf(set, "web-x", [APP], { spec: by("of-all") });
  const after = web(by("own"));
  const passes = new Passes({ keepRevisions: 0 });
  const objects = [space("shop", "bytes"), account(["of-all"])];
  passes.pass([...objects, before, set, pod]);
  assertEquals(usesOf(passes.pass([...objects, after])), [bytes("shop/own")]);
});

Deno.test("ServiceAccounts without pull secrets leave nothing", () => {
  const accounts = Array.from({ length: 100 }, (_, index) => account([], "default", `n${index}`));
  assertEquals(observeAll(accounts).seen.serviceAccounts, []);
  assert(observeAll([account(["a"])]).seen.serviceAccounts.length === 1);
});

Deno.test("a static pod has no ServiceAccount", () => {
  const mirror = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: "proxy-n1", namespace: "shop", uid: "2" },
      ...ownedBy({ apiVersion: "v1", kind: "Node", metadata: { name: "n1" } }),
    },
    spec: specOf([APP], { nodeName: "n1" }),
    status: { phase: "Running" },
  };
  assertEquals(uses([account(["of-all"]), mirror]), undefined);
});
