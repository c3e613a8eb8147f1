import { assert, assertEquals } from "@std/assert";
import { makeNatsOperator } from "../../harness/servers/nats_operator.ts";
import { startNatsServer } from "../../harness/servers/nats_server.ts";
import { type LabStore, openLabStore } from "../../harness/servers/nats_stores.ts";
import { waitUntil } from "../../harness/process.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { startTcpProxy } from "../../harness/servers/tcp_proxy.ts";

const skip = await reasonToSkip("nats-server");
const always = { signal: new AbortController().signal };
const login = { username: "warm", password: "correct-horse" };

realTest(
  "a wrong password is named, retried, and heals when its file is corrected",
  skip,
  async () => {
    await using files = await secretFiles();
    await using nats = await startNatsServer({ login });
    const passwordFile = await files.write("password", "battery-staple\n");
    const { urls, bucket } = nats.settings;
    await using lab = openLabStore(
      { urls, bucket, username: login.username, passwordFile },
      "controller",
    );
    await lab.untilReason("refuses the credentials");
    const refused = () => nats.process.log().split("authentication error").length - 1;
    await waitUntil("the server has refused several times", () => refused() >= 3);
    assert(lab.reason()?.includes(passwordFile), lab.reason());
    assertEquals(lab.logged().length, 1);
    await files.write("password", `${login.password}\n`);
    await untilUsable(lab);
    assertSilent(lab, [login.password, "battery-staple"]);
  },
);

realTest("a password changed on the server is named, and its new file is used", skip, async () => {
  await using files = await secretFiles();
  await using nats = await startNatsServer({ login });
  const passwordFile = await files.write("password", login.password);
  const { urls, bucket } = nats.settings;
  const settings = { urls, bucket, username: login.username, passwordFile };
  await using lab = openLabStore(settings, "controller");
  await untilUsable(lab);
  await nats.restart({ login: { ...login, password: "rotated" } });
  await lab.untilReason("refuses the credentials");
  await files.write("password", "rotated");
  await untilUsable(lab);
  assertSilent(lab, [login.password, "rotated"]);
});

realTest("missing credentials are told apart from wrong ones", skip, async () => {
  await using nats = await startNatsServer({ login });
  const { urls, bucket } = nats.settings;
  await using lab = openLabStore({ urls, bucket }, "agent");
  await lab.untilReason("none were given: set NATS_USERNAME");
});

realTest("a token opens the store, from the environment or a file", skip, async () => {
  await using files = await secretFiles();
  const token = "s3cr3t-token";
  await using nats = await startNatsServer({ token });
  await using fromEnvironment = openLabStore(nats.settings, "controller");
  await untilUsable(fromEnvironment);
  const { urls, bucket } = nats.settings;
  const tokenFile = `${files.folder}/token`;
  await using fromFile = openLabStore({ urls, bucket, tokenFile }, "agent");
  await fromFile.untilReason(`Cannot read "${tokenFile}" of --nats-token-file: no such file`);
  await files.write("token", "wrong");
  await fromFile.untilReason(`check the token in "${tokenFile}"`);
  await files.write("token", token);
  await untilUsable(fromFile);
  for (const lab of [fromEnvironment, fromFile]) assertSilent(lab, [token]);
});

realTest(
  "a credentials file opens the store, and a broken one is named without its secret",
  skip,
  async () => {
    await using files = await secretFiles();
    const operator = makeNatsOperator();
    await using nats = await startNatsServer({ config: operator.config });
    const credsFile = await files.write("user.creds", operator.creds.replace(/eyJ/, "oops"));
    await using lab = openLabStore({ ...nats.settings, credsFile }, "controller");
    await lab.untilReason(`check the credentials in "${credsFile}"`);
    await files.write("user.creds", operator.creds.replace(operator.seed, "SUNOSEED"));
    await lab.untilReason(`Cannot use "${credsFile}" of --nats-creds-file`);
    await files.write("user.creds", operator.creds);
    await untilUsable(lab);
    assertSilent(lab, [operator.seed, "SUNOSEED"]);
  },
);

realTest("TLS with an authority of one's own, a login and a client certificate", skip, async () => {
  await using nats = await startNatsServer({ tls: "client-certificate", login });
  await using lab = openLabStore(nats.settings, "controller");
  await untilUsable(lab);
  nats.process.signal("SIGKILL");
  await nats.restart();
  await untilUsable(lab);
  assertSilent(lab, [login.password]);
});

realTest(
  "a server certificate that is not trusted is named with the flag that helps",
  skip,
  async () => {
    await using nats = await startNatsServer({ tls: true });
    const { urls, bucket, caFile = "" } = nats.settings;
    await using lab = openLabStore({ urls, bucket }, "controller");
    await lab.untilReason("TLS with NATS at");
    assert(lab.reason()?.includes("--nats-ca-file"), lab.reason());
    await using files = await secretFiles();
    const own = await files.write("ca.pem", "not a certificate");
    await using other = openLabStore({ urls, bucket, caFile: own }, "controller");
    await other.untilReason(`Cannot use "${own}" of --nats-ca-file`);
    await files.write("ca.pem", await Deno.readTextFile(caFile));
    await untilUsable(other);
  },
);

realTest(
  "a server that wants a client certificate is named with the flags that help",
  skip,
  async () => {
    await using nats = await startNatsServer({ tls: "client-certificate" });
    const { urls, bucket, caFile = "" } = nats.settings;
    await using lab = openLabStore({ urls, bucket, caFile }, "controller");
    await lab.untilReason("--nats-cert-file");
  },
);

realTest("a certificate for another host is refused", skip, async () => {
  await using nats = await startNatsServer({ tls: true });
  await using proxy = startTcpProxy(nats.port, "127.0.0.2");
  const urls = [`nats://127.0.0.2:${proxy.port}`];
  await using lab = openLabStore({ ...nats.settings, urls }, "controller");
  await lab.untilReason(`TLS with NATS at nats://127.0.0.2:${proxy.port} fails`);
  const byName = [`tls://localhost:${nats.port}`];
  await using named = openLabStore({ ...nats.settings, urls: byName }, "controller");
  await untilUsable(named);
});

realTest("a password is not sent in the open when TLS is asked for", skip, async () => {
  await using nats = await startNatsServer({ login });
  const urls = [nats.url.replace("nats://", "tls://")];
  await using lab = openLabStore({ ...nats.settings, urls }, "controller");
  await lab.untilReason("does not offer TLS");
  assertSilent(lab, [login.password]);
});

async function untilUsable(lab: LabStore): Promise<void> {
  await lab.untilReady();
  await waitUntil(
    "a write succeeds",
    () => lab.store.put("meta", "{}", always).then(() => true, () => false),
  );
  await lab.untilReady();
}

function assertSilent(lab: LabStore, secrets: string[]): void {
  for (const secret of secrets) assert(!lab.said().includes(secret), `"${secret}" was told`);
}

async function secretFiles() {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-secrets-" });
  return {
    folder,
    async write(name: string, text: string): Promise<string> {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
