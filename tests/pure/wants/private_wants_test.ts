// Which private images are wanted, and by what they may be had.
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { PrivateUse } from "../../../mod/pure/private_images/private_use.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";
import { ownedBy, podOf, replicaSet, specOf, workloadObject } from "./cluster_objects.ts";
import { observeAll, Passes } from "./folding.ts";

type Raw = Record<string, unknown>;

const APP = "reg.example/app:1";
const OPEN: Partial<WantsRules> = {
  private: { modes: ["bytes", "open"], openRegistries: ["reg.example"] },
};

function space(name: string, mode?: string, where: "annotations" | "labels" = "annotations"): Raw {
  const marks = mode === undefined ? {} : { [where]: { "warm-images/private": mode } };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, ...marks } };
}

function account(secrets: readonly string[], name = "default", namespace = "shop"): Raw {
  const imagePullSecrets = secrets.map((name) => ({ name }));
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
    imagePullSecrets,
  };
}

const by = (...names: readonly string[]) => ({ imagePullSecrets: names.map((name) => ({ name })) });

function web(pod: Raw = by("regcred"), namespace = "shop", kind = "Deployment"): Raw {
  return workloadObject(kind, [APP], { namespace, pod });
}

function usesOf(set: WantedSet): readonly PrivateUse[] | undefined | "unwanted" {
  const image = set.images.get(APP);
  return image === undefined ? "unwanted" : image.private;
}

const uses = (objects: readonly Raw[], rules: Partial<WantsRules> = {}) =>
  usesOf(new Passes(rules).pass(objects));

const bytes = (...secrets: readonly string[]): PrivateUse => ({
  mode: "bytes",
  secrets: secrets.map((each) => {
    const [namespace = "", name = ""] = each.split("/");
    return { namespace, name };
  }),
});

Deno.test("pods that name pull secrets ask in vain where their namespace has private images off", () => {
  for (const mode of [undefined, "off"]) {
    const set = new Passes().pass([space("shop", mode), web()]);
    assertEquals(usesOf(set), "unwanted");
    assertEquals([...set.withheld], [[APP, { reference: APP, namespaces: ["shop"] }]]);
    assertEquals([...set.contradicted], [APP], "it leaves the bucket at once");
  }
  assertEquals(uses([web()]), "unwanted", "its namespace is not known");
});

Deno.test("others may still want it, without a login", () => {
  const set = new Passes().pass([space("shop"), web(), web({}, "bank")]);
  assertEquals(usesOf(set), undefined);
  assertEquals(set.images.get(APP)?.reasons.map(({ namespace }) => namespace), ["bank"]);
  assertEquals(set.images.get(APP)?.pullSecrets, []);
  assertEquals([...set.withheld.keys()], [APP]);
  assertEquals([...set.contradicted], []);
});

Deno.test("a mark of the namespace has it kept, by the secrets that pods name", () => {
  assertEquals(uses([space("shop", "bytes"), web()]), [bytes("shop/regcred")]);
  assertEquals(uses([space("shop", "bytes", "labels"), web()]), [bytes("shop/regcred")]);
  assertEquals(uses([space("shop", "open"), web()]), [bytes("shop/regcred")]);
  assertEquals(uses([space("shop", "open"), web()], OPEN)?.[0], {
    mode: "open",
    secrets: [{ namespace: "shop", name: "regcred" }],
  });
});

Deno.test("a mark that is misspelt is a fault, and leaves private images off", () => {
  for (const mode of ["Bytes", " bytes", "true", ""]) {
    const set = new Passes().pass([space("shop", mode), web()]);
    assertEquals(usesOf(set), "unwanted", mode);
    assertEquals(set.faults.map(({ kind, field, why }) => [kind, field, why]), [
      ["Namespace", "warm-images/private", "it is none of off, bytes and open"],
    ]);
  }
});

Deno.test("a mark that is misspelt is no missing one, for which a plan supposes another", () => {
  const rules = { ...OPEN, privateWhereUnmarked: "open" as const };
  assertEquals(uses([space("shop"), web()], rules)?.[0], {
    mode: "open",
    secrets: [{ namespace: "shop", name: "regcred" }],
  });
  for (const mode of ["off", "Open"]) {
    assertEquals(uses([space("shop", mode), web()], rules), "unwanted");
  }
});

Deno.test("an object's own mark counts for nothing, and is a fault", () => {
  const metadata = { annotations: { "warm-images/private": "open" } };
  const marked = workloadObject("Deployment", [APP], { metadata, pod: by("regcred") });
  const set = new Passes(OPEN).pass([space("shop"), marked]);
  assertEquals(usesOf(set), "unwanted");
  assertEquals(set.faults.map(({ why }) => why), ["only Namespaces have this mark"]);
  assertEquals(uses([space("shop", "bytes"), marked], OPEN), [bytes("shop/regcred")]);
});

Deno.test("what the administrator does not allow is off", () => {
  const rules = { private: { modes: [], openRegistries: ["*"] } };
  assertEquals(uses([space("shop", "bytes"), web()], rules), "unwanted");
});

Deno.test("pods without secrets ask as ever, and may use a node's login where the mark allows", () => {
  assertEquals(uses([space("shop"), web({})]), undefined);
  assertEquals(uses([space("shop", "bytes"), web({})]), [bytes()]);
});

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

Deno.test("all kinds that make pods ask so", () => {
  const objects = [space("shop", "bytes"), account(["of-all"])];
  for (const kind of ["DaemonSet", "StatefulSet", "ReplicaSet", "Job", "ReplicationController"]) {
    assertEquals(uses([...objects, web({}, "shop", kind)]), [bytes("shop/of-all")], kind);
  }
  const template = { spec: specOf([APP]) };
  const cron = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "report", namespace: "shop" },
    spec: { schedule: "0 1 * * *", jobTemplate: { spec: { template } } },
  };
  assertEquals(uses([...objects, cron]), [bytes("shop/of-all")]);
  assertEquals(uses([account(["of-all"]), cron]), "unwanted");
});

Deno.test("custom kinds ask by the secrets and the account that they name", () => {
  const widget = (spec: Raw) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "a", namespace: "shop" },
    spec: { image: APP, ...spec },
  });
  const kinds = ["auto", "widgets.example.com=.spec.image"];
  const ask = (spec: Raw) =>
    usesOf(
      new Passes({}, kinds).pass([
        space("shop", "bytes"),
        account(["of-all"]),
        account(["robots"], "robot"),
        widget(spec),
      ]),
    );
  assertEquals(ask(by("own")), [bytes("shop/own")]);
  assertEquals(ask({ serviceAccountName: "robot" }), [bytes("shop/robots")]);
  assertEquals(ask({}), [bytes("shop/of-all")]);
});

Deno.test("a list names no secrets, whatever the ServiceAccount has", () => {
  const list = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "shop", labels: { "warm-images/list": "true" } },
    data: { images: APP },
  };
  assertEquals(uses([account(["of-all"]), list]), undefined);
  assertEquals(uses([space("shop", "bytes"), account(["of-all"]), list]), [bytes()]);
});

Deno.test("what the administrator lists is had without a login, wherever others have one", () => {
  const listed = { listImages: [APP] };
  assertEquals(uses([], listed), undefined);
  assertEquals(uses([space("shop"), web()], listed), undefined);
  const pinned = web({ ...by("regcred"), nodeSelector: { pool: "a" } });
  assertEquals(uses([space("shop", "bytes"), pinned], listed), [
    { ...bytes("shop/regcred"), placements: [{ nodeSelector: { pool: "a" } }] },
  ]);
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

Deno.test("namespaces of different modes keep their secrets and their nodes apart", () => {
  const on = (pool: string, secret: string) => ({ ...by(secret), nodeSelector: { pool } });
  const objects = [
    ...[space("shop", "bytes"), space("bank", "open"), space("club"), space("mill", "bytes")],
    ...[web(on("a", "s"), "shop"), web(on("b", "b"), "bank"), web(on("c", "c"), "club")],
    web(on("d", "m"), "mill"),
  ];
  const set = new Passes(OPEN).pass(objects);
  const place = (pool: string) => ({ nodeSelector: { pool } });
  assertEquals(usesOf(set), [
    { ...bytes("mill/m"), placements: [place("d")] },
    { ...bytes("shop/s"), placements: [place("a")] },
    {
      mode: "open",
      placements: [place("b")],
      secrets: [{ namespace: "bank", name: "b" }],
    },
  ]);
  assertEquals(set.images.get(APP)?.placements, ["a", "b", "d"].map(place));
  assertEquals(set.withheld.get(APP)?.namespaces, ["club"]);
});

Deno.test("where a use counts is told where that is less than everywhere it is wanted", () => {
  const objects = [space("shop", "bytes"), space("bank", "open"), web(), web(by("b"), "bank")];
  const { images } = new Passes(OPEN).pass(objects);
  const placements = images.get(APP)?.private?.map((use) => use.placements);
  assertEquals(placements, [undefined, undefined]);
});

Deno.test("a secret counts where pods may run that come with it, and nowhere else", () => {
  const shop = space("shop", "bytes");
  const bank = space("bank", "bytes");
  const pinned = (pool: string, pod: Raw) => ({ ...pod, nodeSelector: { pool } });
  const place = (pool: string) => ({ nodeSelector: { pool } });
  const named = (name: string, pod: Raw) => workloadObject("Deployment", [APP], { name, pod });
  assertEquals(uses([shop, bank, web(pinned("a", by("s"))), web(by("b"), "bank")]), [
    { ...bytes("bank/b"), placements: [{}] },
    { ...bytes("shop/s"), placements: [place("a")] },
  ]);
  assertEquals(
    uses([
      shop,
      ...[named("x", pinned("a", by("s"))), named("y", pinned("b", by("s")))],
      ...[named("z", pinned("a", {})), named("u", pinned("c", {}))],
    ]),
    [
      { ...bytes(), placements: [place("c")] },
      { ...bytes("shop/s"), placements: [place("a"), place("b")] },
    ],
  );
});

Deno.test("of very many places with secrets of their own the last have a login of the node alone", () => {
  const spaces = Array.from({ length: 100 }, (_, index) => `space-${index}`);
  const objects = spaces.flatMap((name) => [
    space(name, "bytes"),
    web({ ...by("s"), nodeSelector: { pool: name } }, name),
  ]);
  const told = new Passes().pass(objects).images.get(APP)?.private ?? [];
  assertEquals(told.length, 65);
  const places = told.flatMap(({ placements }) => placements ?? []);
  assertEquals(new Set(places.map((each) => each.nodeSelector?.["pool"])), new Set(spaces));
  assertEquals(told.filter(({ secrets }) => secrets.length === 0).length, 1);
});

Deno.test("marks and accounts that change while it runs count at once", () => {
  const passes = new Passes();
  const deployment = web({});
  const pass = (...rest: readonly Raw[]) => usesOf(passes.pass([deployment, ...rest]));
  assertEquals(pass(space("shop")), undefined);
  assertEquals(pass(space("shop"), account(["a"])), "unwanted");
  assertEquals(pass(space("shop", "bytes"), account(["a"])), [bytes("shop/a")]);
  assertEquals(pass(space("shop", "bytes"), account(["b"])), [bytes("shop/b")]);
  assertEquals(pass(space("shop", "bytes")), [bytes()]);
  assertEquals(pass(space("shop", "off"), account(["b"])), "unwanted");
  assertEquals(pass(), undefined, "namespace and account are gone, and the object not yet");
});

Deno.test("an account or a mark that changes counts for objects that did not", () => {
  const passes = new Passes();
  const { kinds, seen } = observeAll([web({})]);
  const pass = (...beside: readonly Raw[]) => {
    const { namespaces, serviceAccounts } = observeAll(beside).seen;
    return usesOf(passes.passOver({ kinds, seen: { ...seen, namespaces, serviceAccounts } }));
  };
  assertEquals(pass(space("shop", "bytes")), [bytes()]);
  assertEquals(pass(space("shop", "bytes"), account(["a"])), [bytes("shop/a")]);
  assertEquals(pass(space("shop", "bytes"), account(["b"])), [bytes("shop/b")]);
  assertEquals(pass(space("shop"), account(["b"])), "unwanted");
  assertEquals(pass(space("shop")), undefined);
});

Deno.test("an image of which nothing changed is the very same again", () => {
  const shop = [space("shop", "bytes"), account(["a"]), web({})];
  const observed = observeAll([...shop, space("bank")]);
  const passes = new Passes();
  const first = passes.passOver(observed);
  const again = passes.passOver(observed);
  assertStrictEquals(again.images.get(APP), first.images.get(APP));
  const { serviceAccounts } = observeAll([account(["x"], "other", "bank")]).seen;
  const more = {
    ...observed.seen,
    serviceAccounts: [...observed.seen.serviceAccounts, ...serviceAccounts],
  };
  const beside = passes.passOver({ ...observed, seen: more });
  assertStrictEquals(beside.images.get(APP), first.images.get(APP));
});

Deno.test("what is withheld as before is the very same again", () => {
  const observed = observeAll([space("shop"), web(), web(by("b"), "bank")]);
  const passes = new Passes();
  const first = passes.passOver(observed).withheld.get(APP);
  assertEquals(first?.namespaces, ["bank", "shop"]);
  assertStrictEquals(passes.passOver(observed).withheld.get(APP), first);
  const less = observeAll([space("shop"), web()]);
  assertEquals(passes.passOver(less).withheld.get(APP)?.namespaces, ["shop"]);
  assertEquals(passes.passOver(observeAll([])).withheld.size, 0);
});

Deno.test("ServiceAccounts without pull secrets leave nothing", () => {
  const accounts = Array.from({ length: 100 }, (_, index) => account([], "default", `n${index}`));
  assertEquals(observeAll(accounts).seen.serviceAccounts, []);
  assert(observeAll([account(["a"])]).seen.serviceAccounts.length === 1);
});

Deno.test("an image that is ignored is not withheld either", () => {
  const set = new Passes({ ignoreImages: ["reg.example"] }).pass([web()]);
  assertEquals([...set.withheld], []);
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
