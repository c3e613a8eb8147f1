// Which private images are wanted, and by what they may be had.
import { assertEquals, assertStrictEquals } from "@std/assert";
import { specOf, workloadObject } from "./cluster_objects.ts";
import { observeAll, Passes } from "./folding.ts";
import { account, APP, by, bytes, OPEN, space, uses, usesOf, web } from "./private_objects.ts";

type Raw = Record<string, unknown>;

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

Deno.test("an image that is ignored is not withheld either", () => {
  const set = new Passes({ ignoreImages: ["reg.example"] }).pass([web()]);
  assertEquals([...set.withheld], []);
});
