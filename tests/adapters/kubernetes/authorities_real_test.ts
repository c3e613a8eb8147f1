import { assertEquals, assertRejects } from "@std/assert";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { onPath } from "../../harness/commands.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { writeKubeconfig } from "../../harness/servers/kubeconfig.ts";
import { never } from "../../harness/signals.ts";
import { realTest } from "../../harness/servers/skipping.ts";

const skip = onPath("openssl") === undefined ? "no openssl on PATH" : undefined;

realTest("an API server may show a certificate of the further authorities", skip, async () => {
  await using server = await startTlsServer();
  const { kubeconfig, caFile } = server;
  const ask = async (extraCaFile?: string) => {
    using client = openKubernetes({ kubeconfig, extraCaFile, logger: recordingLogger() });
    return await client.request("/version", { signal: never() });
  };
  assertEquals(await ask(caFile), { major: "1" });
  await assertRejects(() => ask(), Error, "UnknownIssuer");
  await assertRejects(() => ask("/nowhere"), Error, '"/nowhere" of --extra-ca-certificates');
});

/** An API server that another authority than the kubeconfig's, which names none, vouches for. */
async function startTlsServer() {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { caFile, certFile, keyFile } = await makeCertificates(folder);
  const [cert, key] = [await Deno.readTextFile(certFile), await Deno.readTextFile(keyFile)];
  const listening = { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} };
  const server = stack.use(Deno.serve(listening, () => Response.json({ major: "1" })));
  const kubeconfig = `${folder}/kubeconfig`;
  const url = `https://127.0.0.1:${server.addr.port}`;
  await writeKubeconfig(kubeconfig, { server: url, user: { token: "test" } });
  const everything = stack.move();
  return { kubeconfig, caFile, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}
