import { assertEquals, assertRejects } from "@std/assert";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { pairsForBytes, startBytesHarness } from "./bytes_harness.ts";

// A limit: containerd shares blobs between namespaces with whoever names their digest and size, and
// asks a registry for nothing but whether it has such a manifest. So it does with all that kubelet has
// pulled with a secret, but on nodes where that has run.
for (const pair of await pairsForBytes()) {
  realTest(
    `${pair.name}: who knows digest and size of a manifest among kept bytes can have the image by a registry of his own`,
    pair.reason,
    async () => {
      await using harness = await startBytesHarness(pair);
      const { runtime, containerd, image, digest } = harness;
      using kubelet = openCriClient(containerd.address);
      const asked: string[] = [];
      let size = 1_000;
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (request) => {
          asked.push(request.method);
          if (request.method !== "HEAD") return new Response("not here", { status: 404 });
          return new Response(null, {
            headers: {
              "content-type": "application/vnd.oci.image.manifest.v1+json",
              "content-length": String(size),
              "docker-content-digest": digest,
            },
          });
        },
      );
      const stolen = `127.0.0.1:${server.addr.port}/somebody/else@${digest}`;
      await assertRejects(() => within(kubelet.pull(stolen)), Error, "not found", "a cold node");
      await within(runtime.pull(image, { signal: never() }));
      const blobs = `${containerd.root}/io.containerd.content.v1.content/blobs`;
      ({ size } = await Deno.stat(`${blobs}/${digest.replace(":", "/")}`));
      asked.splice(0);
      await within(kubelet.pull(stolen));
      assertEquals([...new Set(asked)], ["HEAD"]);
    },
  );
}
