import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseHostsFile } from "../../../mod/pure/relay/hosts_file.ts";
import { certificateFiles, hostsFolders } from "../../../mod/pure/relay/hosts_folder.ts";
import { defaultHost, isLoopback, NO_TRUST } from "../../../mod/pure/relay/registry_host.ts";

const place = { folder: "/hosts/registry.example", registry: "registry.example" };

function hostsOf(text: string, registry = "registry.example") {
  const hosts = parseHostsFile(text, { ...place, registry });
  assert(!("direct" in hosts), JSON.stringify(hosts));
  return hosts;
}

function whyDirect(text: string): string {
  const hosts = parseHostsFile(text, place);
  assert("direct" in hosts, JSON.stringify(hosts));
  return hosts.direct;
}

Deno.test("hosts come in the order of their tables, the registry itself last", () => {
  const hosts = hostsOf(`
    [host."https://b.example"]
    [host."http://a.example:5000"]
    capabilities = ["pull"]
    [host."https://b.example".header]
    x-team = "blue"
  `);
  assertEquals(hosts.map(({ root, mirror }) => [root, mirror]), [
    ["https://b.example/v2", true],
    ["http://a.example:5000/v2", true],
    ["https://registry.example/v2", false],
  ]);
  assertEquals(hosts[0]?.headers, [["x-team", "blue"]]);
});

Deno.test("capabilities say what a host is asked; none said means all", () => {
  const hosts = hostsOf(`
    [host."https://a"]
    capabilities = ["Pull", "push"]
    [host."https://b"]
    capabilities = ["resolve"]
    [host."https://c"]
    capabilities = []
  `);
  assertEquals(hosts.map(({ pulls, resolves }) => [pulls, resolves]), [
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
  assertStringIncludes(whyDirect('capabilities = ["pul"]'), "capabilities");
});

Deno.test("an address gets /v2 unless it has it or overrides it", () => {
  const rootOf = (server: string, more = "") => hostsOf(`server = "${server}"\n${more}`)[0]?.root;
  assertEquals(rootOf("https://a.example"), "https://a.example/v2");
  assertEquals(rootOf("https://a.example/"), "https://a.example/v2");
  assertEquals(rootOf("https://a.example/v2/"), "https://a.example/v2");
  assertEquals(rootOf("https://a.example/proxy//hub/"), "https://a.example/proxy/hub/v2");
  assertEquals(
    rootOf("https://a.example/v2/hub", "override_path = true"),
    "https://a.example/v2/hub",
  );
  assertEquals(rootOf("https://a.example", "override_path = true"), "https://a.example");
  assertEquals(rootOf("a.example:5000"), "https://a.example:5000/v2");
  assertEquals(rootOf("https://user:secret@a.example/?x=1"), "https://a.example/v2");
  assertEquals(rootOf("https://[fd00::1]:5000"), "https://[fd00::1]:5000/v2");
});

Deno.test("files are relative to the folder, and of client certificates there is one", () => {
  const [one] = hostsOf('ca = "ca.crt"\nclient = "both.pem"\nserver = "https://a"');
  assertEquals(one?.caFiles, ["/hosts/registry.example/ca.crt"]);
  const both = "/hosts/registry.example/both.pem";
  assertEquals(one?.client, { certFile: both, keyFile: both });
  const [pair] = hostsOf('ca = ["/a", "b"]\nclient = [["/c", "k"]]\nserver = "https://a"');
  assertEquals(pair?.caFiles, ["/a", "/hosts/registry.example/b"]);
  assertEquals(pair?.client, { certFile: "/c", keyFile: "/hosts/registry.example/k" });
  assertStringIncludes(whyDirect('client = ["a", "b"]'), "2 client certificates");
});

Deno.test("what the relay cannot do goes without it, and it says why", () => {
  const why: Record<string, string> = {
    "skip_verify = true": "skip_verify",
    '[host."https://a"]\nskip_verify = true': "https://a",
    'new_key = "x"': "new_key",
    '[host."https://a"]\nfoo = 1': "foo",
    "ca = 5": "ca",
    'dial_timeout = "soon"': "dial_timeout",
    'server = "ftp://a"': "ftp",
    'server = "http://a:5000"\nca = "ca.crt"': "plain http",
    'server = "http://a:6000"': "port",
    "server = ": "cannot be read",
    'host."https://a".capabilities = ["pull"]': "a table of its own",
    '[header]\n"bad name" = "x"': "header",
  };
  for (const [text, words] of Object.entries(why)) {
    const direct = whyDirect(text);
    assertStringIncludes(direct, words, text);
    assertStringIncludes(direct, "/hosts/registry.example/hosts.toml", text);
    assertEquals(direct.includes("\n"), false, text);
  }
  assertEquals(hostsOf("skip_verify = false").length, 1);
});

Deno.test("a limit for connecting is that host's alone, as Go reads it; none or 0 is no limit", () => {
  const limits = (texts: readonly string[]) =>
    hostsOf(texts.map((text, index) => `[host."https://h${index}"]\n${text}`).join("\n"))
      .map(({ dialTimeoutMs }) => dialTimeoutMs);
  const timeout = (text: string) => `dial_timeout = "${text}"`;
  assertEquals(limits(["1m30s", "1.5s", "250ms", "0", "0s", ""].map(timeout).concat("")), [
    ...[90_000, 1_500, 250, undefined, undefined, undefined, undefined],
    undefined, // the registry itself
  ]);
  assertEquals(hostsOf('dial_timeout = "2s"')[0]?.dialTimeoutMs, 2_000);
});

Deno.test("without a server the registry is asked at its own address", () => {
  assertEquals(hostsOf("", "docker.io")[0]?.root, "https://registry-1.docker.io/v2");
  assertEquals(hostsOf('server = "https://registry-1.docker.io"', "docker.io")[0]?.mirror, false);
  const root = (registry: string) => {
    const host = defaultHost(registry, NO_TRUST);
    return "direct" in host ? host.direct : host.root;
  };
  assertEquals(root("registry.example:5000"), "https://registry.example:5000/v2");
  assertEquals(root("localhost:5000"), "http://localhost:5000/v2");
  assertEquals(root("127.0.0.1:80"), "http://127.0.0.1:80/v2");
  assertEquals(root("[::1]:5000"), "http://[::1]:5000/v2");
  assertStringIncludes(root("localhost"), "not verified");
  assertStringIncludes(root("127.1.2.3:443"), "not verified");
});

Deno.test("this machine is known by its names", () => {
  const loopback = ["localhost", "localhost:1", "127.9.9.9", "127.0.0.1:5000", "[::1]:5000"];
  assertEquals(loopback.filter((host) => !isLoopback(host)), []);
  const others = ["localhost.example", "127.example", "10.0.0.1:5000", "[::2]:5000", "1270.0.0.1"];
  assertEquals(others.filter(isLoopback), []);
});

Deno.test("folders are looked for as containerd does", () => {
  assertEquals(hostsFolders("registry.example:5000"), [
    "registry.example_5000_",
    "registry.example:5000",
    "_default",
  ]);
  assertEquals(hostsFolders("my_host.example"), ["my_host.example", "_default"]);
  assertEquals(hostsFolders("[::1]:5000")[0], "[::1]_5000_");
});

Deno.test("without a hosts.toml certificate files are taken by their names", () => {
  const found = certificateFiles("/f", ["b.crt", "a.crt", "x.cert", "x.key", "y.cert", "z.txt"]);
  assertEquals(found.caFiles, ["/f/a.crt", "/f/b.crt"]);
  assertEquals(found.clients, [
    { certFile: "/f/x.cert", keyFile: "/f/x.key" },
    { certFile: "/f/y.cert", keyFile: "/f/y.cert" },
  ]);
});
