import { assert, assertEquals, assertRejects } from "@std/assert";
import { waitUntil } from "../../harness/wait.ts";
import {
  assertNamedOnce,
  CANARY,
  found,
  logged,
  loginFile,
  onlyItem,
  openTestLogins,
  replaceFile,
  temporaryFolder,
  warnings,
} from "./harness.ts";

const IMAGE = "registry.example/team/app:1";

Deno.test("the login file's logins serve an image, the most specific first", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/config.json`;
  const logins = {
    "registry.example": "host",
    "registry.example/team": "team",
    "*.example": "any",
  };
  await Deno.writeTextFile(file, loginFile(logins));
  await using opened = await openTestLogins({ file });
  assertEquals(await found(opened, IMAGE), ["u:team", "u:host", "u:any"]);
  assertEquals(await found(opened, "other.test/team/app:1"), []);
  assertEquals(opened.of(IMAGE).map(({ from }) => from), Array(3).fill("login file"));
  assertEquals(opened.of("no reference at all"), []);
});

Deno.test("a login that has changed is used at once, a refused one is not given again", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/config.json`;
  await Deno.writeTextFile(file, loginFile({ "registry.example": "one" }));
  await using opened = await openTestLogins({ file });
  const source = onlyItem(opened.of(IMAGE));
  const { signal } = new AbortController();
  const first = await source.find({ signal });
  assertEquals(await source.find({ signal, refused: first }), undefined);
  // Of the same length, and within the same tick of the file system's clock.
  await Deno.writeTextFile(file, loginFile({ "registry.example": "two" }));
  assertEquals(await found(opened, IMAGE), ["u:two"]);
  assert(await source.find({ signal, refused: first }));
  assertEquals(opened.changes, 2);
});

Deno.test("a Secret that kubelet swaps by its links is read anew", async () => {
  await using folder = await temporaryFolder();
  const at = folder.path;
  for (const name of ["one", "two"]) {
    await Deno.mkdir(`${at}/..${name}`);
    await Deno.writeTextFile(
      `${at}/..${name}/config.json`,
      loginFile({ "registry.example": name }),
    );
  }
  await Deno.symlink("..one", `${at}/..data`);
  await Deno.symlink("..data/config.json", `${at}/config.json`);
  await using opened = await openTestLogins({ file: `${at}/config.json` });
  assertEquals(await found(opened, IMAGE), ["u:one"]);
  await Deno.symlink("..two", `${at}/..data_tmp`);
  await Deno.rename(`${at}/..data_tmp`, `${at}/..data`);
  await Deno.remove(`${at}/..one`, { recursive: true });
  assertEquals(await found(opened, IMAGE), ["u:two"]);
});

const BAD = [
  ["is missing", (file: string) => Deno.remove(file), "it is missing"],
  ["is empty", (file: string) => Deno.writeTextFile(file, ""), "it is empty"],
  [
    "is half written",
    (file: string) => Deno.writeTextFile(file, loginFile({ a: CANARY }).slice(0, -9)),
    "it is not JSON",
  ],
  ["is a text", (file: string) => Deno.writeTextFile(file, CANARY), "it is not JSON"],
  ["is a list", (file: string) => Deno.writeTextFile(file, `["${CANARY}"]`), "not an object"],
  [
    "is a folder",
    (file: string) => Deno.remove(file).then(() => Deno.mkdir(file)),
    "it is a folder",
  ],
  [
    "has 100 MB",
    (file: string) => Deno.truncate(file, 100_000_000),
    "it has more than 1 MiB",
  ],
  [
    "is endless",
    (file: string) => Deno.remove(file).then(() => Deno.symlink("/dev/zero", file)),
    "not a regular file",
  ],
] as const;

for (const [what, spoil, why] of BAD) {
  Deno.test(`a login file that ${what} is named once, and the last good one stays in force`, async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/config.json`;
    await Deno.writeTextFile(file, loginFile({ "registry.example": CANARY }));
    await using opened = await openTestLogins({ file });
    await spoil(file);
    for (let look = 0; look < 3; look++) {
      assertEquals(await found(opened, IMAGE), [`u:${CANARY}`]);
    }
    assertNamedOnce(opened, { what: "login file", path: file, why });
    assert(logged(opened).includes("--registry-logins"), logged(opened));
  });
}

Deno.test("a login file that comes later is found, and what was wrong with it before is told no more", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/config.json`;
  await using opened = await openTestLogins({ file }, { lookMs: 20 });
  assertEquals(opened.of(IMAGE), []);
  assert(logged(opened).includes("it counts as empty"), logged(opened));
  await replaceFile(file, loginFile({ "other.example": "one", "registry.example": "two" }));
  await waitUntil("the file is found", () => opened.of(IMAGE).length > 0);
  assertEquals(await found(opened, IMAGE), ["u:two"]);
  assertEquals(opened.logger.lines.at(-1)?.message, "Read the login file");
});

Deno.test("entries that cannot be used, and Docker's programs, are told of once", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/config.json`;
  const auths = { "registry.example": { auth: btoa("u:p") }, "b.example": { auth: CANARY } };
  await Deno.writeTextFile(file, JSON.stringify({ auths, credHelpers: { "c.example": CANARY } }));
  await using opened = await openTestLogins({ file });
  for (let look = 0; look < 3; look++) assertEquals(await found(opened, IMAGE), ["u:p"]);
  assertEquals(warnings(opened).map(({ reason }) => reason), [
    "entry 2: auth is not USERNAME:PASSWORD in base64",
    "programs of credsStore and credHelpers are not run: name the logins themselves",
  ]);
  assert(!logged(opened).includes(CANARY), logged(opened));
});

Deno.test("whoever gives up asking is let go at once", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/config.json`;
  await Deno.writeTextFile(file, loginFile({ "registry.example": "p" }));
  await using opened = await openTestLogins({ file });
  const reason = new Error("given up");
  const find = onlyItem(opened.of(IMAGE)).find({ signal: AbortSignal.abort(reason) });
  assertEquals(await assertRejects(() => find), reason);
});

Deno.test("without settings there are no logins", async () => {
  await using opened = await openTestLogins({});
  assertEquals(opened.of(IMAGE), []);
  assertEquals(opened.logger.lines, []);
});
