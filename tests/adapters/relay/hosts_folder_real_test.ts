import { assertEquals, assertRejects } from "@std/assert";
import { HostsFolderError, openHostsFolder } from "../../../mod/adapters/relay/hosts_folder.ts";

const [OWN, DEAD, SERVED] = ["0", "1", "2"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function leave(folder: string, name: string, server: string): Promise<void> {
  await Deno.mkdir(`${folder}/pulls/${name}/_default`, { recursive: true });
  await Deno.writeTextFile(`${folder}/pulls/${name}/_default/hosts.toml`, `server = "${server}"\n`);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(`${folder}/pulls`))).map(({ name }) => name)
    .toSorted();
}

function listen() {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

Deno.test("what a killed agent left goes, and neither another agent's nor what is not ours", async () => {
  await using folder = await temporaryFolder();
  using other = listen();
  const gone = listen();
  gone.close();
  await leave(folder.path, DEAD, `http://127.0.0.1:${gone.addr.port}/${DEAD}/v2`);
  await leave(folder.path, SERVED, `http://127.0.0.1:${other.addr.port}/${SERVED}/v2`);
  await leave(folder.path, "notes", "http://127.0.0.1:1/");
  const hosts = openHostsFolder(folder.path);
  await hosts.add(OWN, `http://127.0.0.1:1/${OWN}/v2`);
  assertEquals(await namesIn(folder.path), [OWN, SERVED, "notes"]);
  await hosts.remove(OWN);
  assertEquals(await namesIn(folder.path), [SERVED, "notes"]);
});

Deno.test("nobody but root can read a pull's name, whoever made the folder", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/pulls`, { mode: 0o755 });
  const path = await openHostsFolder(folder.path).add(OWN, `http://127.0.0.1:1/${OWN}/v2`);
  const modes = [`${folder.path}/pulls`, `${path}/_default/hosts.toml`].map(async (each) =>
    ((await Deno.stat(each)).mode ?? 0) & 0o777
  );
  assertEquals(await Promise.all(modes), [0o700, 0o600]);
});

Deno.test("a folder that cannot be used says so each time, and is tried again", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "");
  const hosts = openHostsFolder(path);
  await assertRejects(() => hosts.add(OWN, "http://127.0.0.1:1/"), HostsFolderError, "--relay-dir");
  await Deno.remove(path);
  assertEquals(await hosts.add(OWN, "http://127.0.0.1:1/"), `${path}/pulls/${OWN}`);
});
