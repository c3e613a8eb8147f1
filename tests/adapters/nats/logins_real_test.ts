import { assert, assertEquals } from "@std/assert";
import { makeNatsOperator } from "../../harness/servers/nats_operator.ts";
import { startNatsServer } from "../../harness/servers/nats_server.ts";
import { openTestStore, type TestStore } from "../../harness/servers/nats_stores.ts";
import { waitUntil } from "../../harness/wait.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { startTcpProxy } from "../../harness/servers/tcp_proxy.ts";
import { never } from "../../harness/signals.ts";

const skip = await reasonToSkip("nats-server");
const login = { username: "warm", password: "correct-horse" };

realTest(
  "a wrong password is named, retried, and heals when its file is corrected",
  skip,
  async () => {
    await using files = await secretFiles();
    await using nats = await startNatsServer({ login });
    const passwordFile = await files.write("password", "battery-staple\n");
    const { urls, bucket } = nats.settings;
    await using harness = openTestStore(
      { urls, bucket, username: login.username, passwordFile },
      "controller",
    );
    await harness.untilReason("refuses the credentials");
    const refused = () => nats.process.log().split("authentication error").length - 1;
    await waitUntil("the server has refused several times", () => refused() >= 3);
    assert(harness.reason()?.includes(passwordFile), harness.reason());
    assertEquals(harness.logged().length, 1);
    await files.write("password", `${login.password}\n`);
    await untilUsable(harness);
    assertSilent(harness, [login.password, "battery-staple"]);
  },
);

realTest("a password changed on the server is named, and its new file is used", skip, async () => {
  await using files = await secretFiles();
  await using nats = await startNatsServer({ login });
  const passwordFile = await files.write("password", login.password);
  const { urls, bucket } = nats.settings;
  const settings = { urls, bucket, username: login.username, passwordFile };
  await using harness = openTestStore(settings, "controller");
  await untilUsable(harness);
  await nats.restart({ login: { ...login, password: "rotated" } });
  await harness.untilReason("refuses the credentials");
  await files.write("password", "rotated");
  await untilUsable(harness);
  assertSilent(harness, [login.password, "rotated"]);
});

realTest("missing credentials are told apart from wrong ones", skip, async () => {
  await using nats = await startNatsServer({ login });
  const { urls, bucket } = nats.settings;
  await using harness = openTestStore({ urls, bucket }, "agent");
  await harness.untilReason("none were given: set NATS_USERNAME");
});

realTest("a token opens the store, from the environment or a file", skip, async () => {
  await using files = await secretFiles();
  const token = "s3cr3t-token";
  await using nats = await startNatsServer({ token });
  await using fromEnvironment = openTestStore(nats.settings, "controller");
  await untilUsable(fromEnvironment);
  const { urls, bucket } = nats.settings;
  const tokenFile = `${files.folder}/token`;
  await using fromFile = openTestStore({ urls, bucket, tokenFile }, "agent");
  await fromFile.untilReason(`Cannot read "${tokenFile}" of --nats-token-file: no such file`);
  await files.write("token", "wrong");
  await fromFile.untilReason(`check the token in "${tokenFile}"`);
  await files.write("token", token);
  await untilUsable(fromFile);
  for (const harness of [fromEnvironment, fromFile]) assertSilent(harness, [token]);
});

realTest(
  "a credentials file opens the store, and a broken one is named without its secret",
  skip,
  async () => {
    await using files = await secretFiles();
    const operator = makeNatsOperator();
    await using nats = await startNatsServer({ config: operator.config });
    const credsFile = await files.write("user.creds", operator.creds.replace(/eyJ/, "oops"));
    await using harness = openTestStore({ ...nats.settings, credsFile }, "controller");
    await harness.untilReason(`check the credentials in "${credsFile}"`);
    await files.write("user.creds", operator.creds.replace(operator.seed, "SUNOSEED"));
    await harness.untilReason(`Cannot use "${credsFile}" of --nats-creds-file`);
    await files.write("user.creds", operator.creds);
    await untilUsable(harness);
    assertSilent(harness, [operator.seed, "SUNOSEED"]);
  },
);

realTest("TLS with an authority of one's own, a login and a client certificate", skip, async () => {
  await using nats = await startNatsServer({ tls: "client-certificate", login });
  await using harness = openTestStore(nats.settings, "controller");
  await untilUsable(harness);
  await nats.process.kill();
  await nats.restart();
  await untilUsable(harness);
  assertSilent(harness, [login.password]);
});

realTest(
  "a server certificate that is not trusted is named with the flag that helps",
  skip,
  async () => {
    await using nats = await startNatsServer({ tls: true });
    const { urls, bucket, caFile = "" } = nats.settings;
    await using harness = openTestStore({ urls, bucket }, "controller");
    await harness.untilReason("TLS with NATS at");
    assert(harness.reason()?.includes("--nats-ca-file"), harness.reason());
    await using files = await secretFiles();
    const own = await files.write("ca.pem", "not a certificate");
    await using other = openTestStore({ urls, bucket, caFile: own }, "controller");
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
    await using harness = openTestStore({ urls, bucket, caFile }, "controller");
    await harness.untilReason("--nats-cert-file");
  },
);

realTest("a certificate for another host is refused", skip, async () => {
  await using nats = await startNatsServer({ tls: true });
  await using proxy = startTcpProxy(nats.port, "127.0.0.2");
  const urls = [`nats://127.0.0.2:${proxy.port}`];
  await using harness = openTestStore({ ...nats.settings, urls }, "controller");
  await harness.untilReason(`TLS with NATS at nats://127.0.0.2:${proxy.port} fails`);
  const byName = [`tls://localhost:${nats.port}`];
  await using named = openTestStore({ ...nats.settings, urls: byName }, "controller");
  await untilUsable(named);
});

realTest("a password is not sent in the open when TLS is asked for", skip, async () => {
  await using nats = await startNatsServer({ login });
  const urls = [nats.url.replace("nats://", "tls://")];
  await using harness = openTestStore({ ...nats.settings, urls }, "controller");
  await harness.untilReason("does not offer TLS");
  assertSilent(harness, [login.password]);
});

async function untilUsable(harness: TestStore): Promise<void> {
  await harness.untilReady();
  await waitUntil(
    "a write succeeds",
    () => harness.store.put("meta", "{}", { signal: never() }).then(() => true, () => false),
  );
  await harness.untilReady();
}

function assertSilent(harness: TestStore, secrets: string[]): void {
  for (const secret of secrets) assert(!harness.said().includes(secret), `"${secret}" was told`);
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

realTest("the server may show a certificate of the further authorities", skip, async () => {
  await using nats = await startNatsServer({ tls: true });
  const { caFile: extraCaFile = "", ...others } = nats.settings;
  const urls = [nats.url.replace("nats://", "tls://")];
  await using store = openTestStore({ ...others, urls, extraCaFile }, "controller");
  await store.untilReady();
  await using other = await startNatsServer({ tls: true });
  const { caFile = "" } = other.settings;
  await using both = openTestStore({ ...others, urls, caFile, extraCaFile }, "controller");
  await both.untilReady();
  await using lost = openTestStore({ ...others, urls, extraCaFile: "/nowhere" }, "controller");
  await lost.untilReason('"/nowhere" of --extra-ca-certificates');
});

realTest("further authorities do not ask for TLS where there is none", skip, async () => {
  await using secure = await startNatsServer({ tls: true });
  await using plain = await startNatsServer();
  const extraCaFile = secure.settings.caFile;
  await using store = openTestStore({ ...plain.settings, extraCaFile }, "controller");
  await store.untilReady();
});
