import { assert, assertEquals } from "@std/assert";
import { waitUntil } from "../../harness/wait.ts";
import {
  assertNamedOnce,
  CANARY,
  found,
  logged,
  onlyItem,
  openTestLogins,
  replaceFile,
  temporaryFolder,
  warnings,
} from "./harness.ts";
import { answer, testPlugin } from "./test_plugin.ts";

const IMAGE = "registry.example/team/app:1";

const YAML = `
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: yaml-plugin
    matchImages:
      - "*.example"
    defaultCacheDuration: "12h"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    env:
      - name: SECRET
        value: ${CANARY}
`;

Deno.test("a configuration may be YAML; its first document counts", async () => {
  await using folder = await temporaryFolder();
  const providers = `${folder.path}/config.yaml`;
  await Deno.writeTextFile(providers, `${YAML}---\nkind: Other\n`);
  await using logins = await openTestLogins({ providers, providerDir: folder.path });
  assertEquals(logins.of(IMAGE).map(({ from }) => from), ["plugin yaml-plugin"]);
  assert(!logged(logins).includes(CANARY), logged(logins));
});

Deno.test("providers in YAML may share fields by merge keys, as for kubelet", async () => {
  await using folder = await temporaryFolder();
  const providers = `${folder.path}/config.yaml`;
  const shared = YAML.replace("- name", "- &first\n    name");
  await Deno.writeTextFile(providers, `${shared}  - <<: *first\n    name: second\n`);
  await using logins = await openTestLogins({ providers, providerDir: folder.path });
  const names = logins.of(IMAGE).map(({ from }) => from);
  assertEquals(names, ["plugin yaml-plugin", "plugin second"], logged(logins));
});

Deno.test("of a folder the files with kubelet's endings count, in the order of their names", async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, plugin: string) =>
    Deno.writeTextFile(`${folder.path}/${name}`, YAML.replace("yaml-plugin", plugin));
  await write("20-b.yml", "second");
  await write("10-a.yaml", "first");
  await write("30-c.json", "third"); // kubelet reads YAML in it too
  await write("00-readme.md", "not-this");
  await write("40-again.yaml", "second");
  await Deno.mkdir(`${folder.path}/05-folder.yaml`);
  await using logins = await openTestLogins({ providers: folder.path, providerDir: folder.path });
  const names = logins.of(IMAGE).map(({ from }) => from);
  assertEquals(names, ["plugin first", "plugin second", "plugin third"]);
  const { reason } = onlyItem(warnings(logins));
  assertEquals(reason, 'provider "second": another one before it has this name');
});

for (
  const [what, text, why] of [
    ["no YAML", `a: [${CANARY}`, "it is neither JSON nor YAML, see line"],
    ["of another kind", `kind: ${CANARY}`, "it is not of kind CredentialProviderConfig"],
    ["empty", "", "it is empty"],
    ["a bomb of aliases", bomb(), "it has too many aliases"],
  ] as const
) {
  Deno.test(`a configuration that is ${what} is named once, and the last good one stays in force`, async () => {
    await using plugin = await testPlugin({ env: [{ name: "SECRET", value: CANARY }] });
    await plugin.print(answer({ "registry.example": "one" }));
    await using logins = await openTestLogins(plugin.settings, { lookMs: 20 });
    await replaceFile(plugin.settings.providers, text);
    await waitUntil("it is told", () => logged(logins).includes(why));
    assertEquals(await found(logins, IMAGE), ["p:one"]);
    await plugin.configure({ name: "test-plugin", matchImages: ["*.other"] });
    await waitUntil("it is mended", () => logins.of("registry.other/app").length > 0);
    const path = plugin.settings.providers;
    assertNamedOnce(logins, { what: "configuration of credential plugins", path, why });
  });
}

Deno.test("a folder without configuration is named", async () => {
  await using folder = await temporaryFolder();
  await using logins = await openTestLogins({ providers: folder.path, providerDir: folder.path });
  assert(logged(logins).includes("no file in it ends in .json, .yaml or .yml"), logged(logins));
});

Deno.test("providers that take pods' tokens are left out and told of once", async () => {
  await using plugin = await testPlugin({
    tokenAttributes: { serviceAccountTokenAudience: "a", requireServiceAccount: true },
  });
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(logins.of(IMAGE), []);
  const { message, reason } = onlyItem(warnings(logins));
  assertEquals(message, "Left out a part of the configuration of credential plugins");
  assert(reason.includes("tokenAttributes"), reason);
});

Deno.test("a plugin that is configured otherwise is asked anew, also by who knew it before", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }));
  await using logins = await openTestLogins(plugin.settings, { lookMs: 20 });
  const source = onlyItem(logins.of(IMAGE));
  const { signal } = new AbortController();
  assert(await source.find({ signal }));
  await plugin.configure({ args: ["other"] });
  await waitUntil("the change is told of", () => logins.changes === 2);
  assert(await source.find({ signal }));
  assertEquals((await plugin.runs()).map(({ args }) => args), [[], ["other"]]);
  await plugin.configure({ matchImages: ["*.other"] });
  await waitUntil("the change is told of", () => logins.changes === 3);
  assertEquals(await source.find({ signal }), undefined);
});

function bomb(): string {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [name, of] of ["ba", "cb", "dc", "ed", "fe", "gf"]) {
    lines.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(", ")}]`);
  }
  return lines.join("\n");
}
