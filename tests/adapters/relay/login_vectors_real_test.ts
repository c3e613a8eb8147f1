import { assert, assertEquals } from "@std/assert";
import { startCloudRegistry } from "./cloud_registry.ts";
import { servedImage, startLoginRelay } from "./login_registry.ts";
import { candidate, loginSource } from "./login_sources.ts";
import { keysOf, LOGIN_VECTORS } from "./login_vectors.ts";

for (const { name, repository, dialect, login, wrong } of LOGIN_VECTORS) {
  Deno.test(`${name}: an image is had by its login, and by no other`, async () => {
    const image = await servedImage();
    await using registry = await startCloudRegistry(dialect, image, keysOf(login));
    await using relay = await startLoginRelay();
    const reference = `${registry.address}/${repository}:1`;
    for (const logins of [[], [candidate(loginSource(wrong))]]) {
      const refused = await relay.lookUp(reference, logins);
      assert(refused.result === "failed", JSON.stringify(refused));
      assertEquals(refused.failure, "denied");
    }
    await using pull = await relay.pull(reference, [
      candidate(loginSource(wrong)),
      candidate(loginSource(login)),
    ]);
    const found = await pull.lookUp();
    assert(found.result === "found", JSON.stringify(found));
    assertEquals([found.as, found.content.digest], ["bytes", image.digest]);
    const blob = await pull.fetch(`blobs/${image.layerDigest}`);
    assertEquals(blob.bytes, image.layer);
    const stored = registry.shown.filter(({ host }) => host === "storage");
    assertEquals(stored.map(({ request }) => request.headers.get("authorization")), [null]);
    for (const { form, request } of registry.shown) {
      const asked = form ?? new URL(request.target, "http://x").searchParams;
      assertEquals(asked.getAll("scope").filter((scope) => /push|\*/.test(scope)), []);
      if (form === undefined) continue;
      assertEquals(form.get("scope"), `repository:${repository}:pull`);
      assertEquals(form.get("client_id"), "warm-images");
      assertEquals(form.has("service"), true);
    }
  });
}
