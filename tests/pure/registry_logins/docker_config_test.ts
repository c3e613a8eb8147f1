import { assert, assertEquals } from "@std/assert";
import {
  type DockerConfig,
  readDockerConfig,
} from "../../../mod/pure/registry_logins/docker_config.ts";
import { loginsFor, repositoryName } from "../../../mod/pure/registry_logins/login_match.ts";
import { isSameLogin } from "../../../mod/pure/registry_logins/same_login.ts";
import type { RegistryLogin } from "../../../mod/pure/registry_logins/registry_login.ts";

// TestDockerConfigEntryJSONDecode and TestDecodeDockerConfigFieldAuth of kubelet's
// pkg/credentialprovider/config_test.go, and what Docker writes beside name and password.
const ENTRIES: readonly (readonly [what: string, entry: unknown, said: string | undefined])[] = [
  ["name and password", { username: "foo", password: "bar", email: "foo@example.com" }, "foo:bar"],
  ["auth", { auth: "Zm9vOmJhcg==" }, "foo:bar"],
  ["auth, which counts first", { username: "a", password: "b", auth: "cGluZzpwb25n" }, "ping:pong"],
  ["auth without padding", { auth: "Zm9vOmJhcg" }, "foo:bar"],
  ["auth over lines", { auth: "Zm9v\nOmJhcg==\n" }, "foo:bar"],
  ["a password with colons", { auth: btoa("foo:b:a:r") }, "foo:b:a:r"],
  ["an identity token", { auth: btoa("u:"), identitytoken: "idt" }, "identity idt"],
  ["a registry token", { registrytoken: "rgt", auth: btoa("u:p") }, "bearer rgt"],
  ["nothing, as with a credential store", {}, undefined],
  ["an empty auth", { auth: "" }, undefined],
  ["neither name nor password in its auth", { auth: btoa(":") }, undefined],
  ["empty name and password", { username: "", password: "" }, undefined],
  ["a password alone", { auth: btoa(":bar") }, ":bar"],
  ["nothing in auth beside name and password", { auth: "", username: "a", password: "b" }, "a:b"],
  ["names of fields in capitals", { Username: "a", PASSWORD: "b", Email: "e" }, "a:b"],
  ["auth in capitals", { Auth: "Zm9vOmJhcg==" }, "foo:bar"],
  ["letters beyond ASCII", { auth: "w7xzZXI6cMOkc3M=" }, "üser:päss"],
];

for (const [what, entry, said] of ENTRIES) {
  Deno.test(`an entry may hold ${what}`, () => {
    const { entries, faults } = read(JSON.stringify({ auths: { "registry.example": entry } }));
    assertEquals(faults, []);
    assertEquals(entries.map(({ login }) => textOf(login))[0], said);
  });
}

for (
  const [entry, fault] of [
    [{ auth: "pants" }, "entry 2: auth is not USERNAME:PASSWORD in base64"],
    [{ auth: "cGFudHM=" }, "entry 2: auth is not USERNAME:PASSWORD in base64"],
    [{ auth: 17 }, "entry 2: auth is not a text"],
    [
      { registrytoken: "hunter2\n" },
      "entry 2: registrytoken has spaces, line breaks or letters that no header takes",
    ],
    [{ username: "u", password: ["hunter2"] }, "entry 2: password is not a text"],
  ] as const
) {
  Deno.test(`an entry with ${JSON.stringify(entry)} is left out and named, the others count`, () => {
    const auths = { "a.example": { auth: btoa("u:p") }, "hunter2.example": entry };
    const { entries, faults } = read(JSON.stringify({ auths }));
    assertEquals(entries.map(({ serves }) => serves), ["a.example"]);
    assertEquals(faults, [fault]);
  });
}

Deno.test("an entry whose name has no host or no right port is named by its place alone", () => {
  for (const serves of ["https://", "/team", "hunter2.example:port", "hunter2 .example"]) {
    const auths = { [serves]: { auth: btoa("u:p") }, "a.example": { auth: btoa("u:p") } };
    const { entries, faults } = read(JSON.stringify({ auths }));
    assertEquals(entries.map((each) => each.serves), ["a.example"]);
    assertEquals(faults, ["entry 1: its name has no host, or no port that is a number"]);
  }
});

Deno.test("auths may be written in capitals, names of registries count as they are", () => {
  const { entries } = read('{"Auths":{"A.example":{"auth":"Zm9vOmJhcg=="}},"HttpHeaders":{}}');
  assertEquals(entries.map(({ serves, login }) => [serves, textOf(login)]), [
    ["A.example", "foo:bar"],
  ]);
});

Deno.test("a .dockercfg has its entries at the top", () => {
  const { entries } = read('{"http://foo.example.com":{"username":"foo","password":"bar"}}');
  assertEquals(entries.map(({ login }) => textOf(login)), ["foo:bar"]);
});

Deno.test("settings of Docker beside the entries are no entries", () => {
  const settings = { credsStore: "desktop", HttpHeaders: { "User-Agent": "x" }, detachKeys: "q" };
  const { entries, faults, namesHelpers } = read(JSON.stringify(settings));
  assertEquals([entries, faults, namesHelpers], [[], [], true]);
  assertEquals(read('{"auths":{},"credHelpers":{"a.example":"ecr-login"}}').namesHelpers, true);
  assert(!read('{"auths":{},"credHelpers":{}}').namesHelpers);
});

Deno.test("no fault quotes the file", () => {
  for (
    const text of ["", "  ", "hunter2", '{"auths":{"a.example":{"auth":"hunter2', "[1]", "null"]
  ) {
    const result = readDockerConfig(text);
    assert("fault" in result && !result.fault.includes("hunter2"), text);
  }
});

Deno.test("no text of a login shows by accident", () => {
  const { entries } = read(JSON.stringify({ auths: { a: { auth: btoa("foo:hunter2") } } }));
  assert(!JSON.stringify(entries).includes("hunter2"));
  assert(!Deno.inspect(entries, { depth: 9, showHidden: true }).includes("hunter2"));
});

// TestDockerKeyringForGlob, TestKeyringMiss and their like of kubelet's keyring_test.go.
for (
  const [serves, name, expected] of [
    ["https://hello.kubernetes.io", "hello.kubernetes.io/foo/bar", true],
    ["https://*.docker.io", "prefix.docker.io/foo/bar", true],
    ["https://prefix.docker.*", "prefix.docker.io/foo/bar", true],
    ["https://prefix.*.io/path", "prefix.docker.io/path/subpath/foo/bar", true],
    ["https://*.docker.io:8888", "prefix.docker.io:8888/foo/bar", true],
    ["https://*.docker.io/path:1111", "prefix.docker.io/path:1111/foo/bar", true],
    ["https://*.docker.io/v1/", "prefix.docker.io/path/foo/bar", true],
    ["https://*.docker.io/v2/", "prefix.docker.io/path/foo/bar", true],
    ["*.docker.io:1111", "prefix.docker.io:1111/path/foo/bar", true],
    ["https://hello.kubernetes.io", "world.mesos.org/foo/bar", false],
    ["https://*.docker.com", "prefix.docker.io/foo/bar", false],
    ["https://prefix.docker.c*", "prefix.docker.io/foo/bar", false],
    ["https://prefix.*.io/path:1111", "prefix.docker.io/path/subpath:1111/foo/bar", false],
    ["https://index.docker.io/v1/", "docker.io/library/nginx", true],
    ["index.docker.io", "docker.io/team/app", true],
    ["docker.io", "docker.io/team/app", true],
    ["https://index.docker.io/v1/", "world.mesos.org/foo/bar", false],
    ["https://index.docker.io/v1/", "myhostdocker.io/foo/bar", false],
  ] as const
) {
  Deno.test(`a login for "${serves}" ${expected ? "is" : "is not"} for ${name}`, () => {
    const entries = entriesOf({ [serves]: "login" });
    assertEquals(loginsFor(entries, name).map(textOf), expected ? ["u:login"] : []);
  });
}

Deno.test("the most specific login comes first, then the others that fit", () => {
  const entries = entriesOf({
    "*.example": "glob",
    "quay.example": "host",
    "quay.example/team/app": "app",
    "quay.example/team": "team",
    "other.example": "other",
  });
  const names = loginsFor(entries, "quay.example/team/app").map(textOf);
  assertEquals(names, ["u:app", "u:team", "u:host", "u:glob"]);
});

Deno.test("what names docker.io itself goes before Docker's old name for it", () => {
  const entries = entriesOf({ "https://index.docker.io/v1/": "old", "docker.io/team": "team" });
  assertEquals(loginsFor(entries, "docker.io/team/app").map(textOf), ["u:team"]);
  assertEquals(loginsFor(entries, "docker.io/library/nginx").map(textOf), ["u:old"]);
});

Deno.test("logins are asked for by repository, without tag or digest", () => {
  assertEquals(repositoryName("nginx:1.27"), "docker.io/library/nginx");
  const digest = `sha256:${"0".repeat(64)}`;
  assertEquals(repositoryName(`registry.example:5000/a/b@${digest}`), "registry.example:5000/a/b");
  assertEquals(repositoryName("not a reference"), undefined);
});

Deno.test("logins are the same when they say the same", () => {
  const [a, b, c] = ["one", "one", "two"].map((name) => entriesOf({ "a.example": name })[0]?.login);
  assertEquals(a && b && isSameLogin(a, b), true);
  assertEquals(a && c && isSameLogin(a, c), false);
});

function read(text: string): DockerConfig {
  const result = readDockerConfig(text);
  if ("fault" in result) throw new Error(result.fault);
  return result.value;
}

function entriesOf(passwords: Readonly<Record<string, string>>): DockerConfig["entries"] {
  const auths = Object.entries(passwords).map(([serves, text]) =>
    [serves, { auth: btoa(`u:${text}`) }] as const
  );
  return read(JSON.stringify({ auths: Object.fromEntries(auths) })).entries;
}

function textOf(login: RegistryLogin): string {
  return login.type === "password"
    ? `${login.username}:${login.password.reveal()}`
    : `${login.type} ${login.token.reveal()}`;
}
