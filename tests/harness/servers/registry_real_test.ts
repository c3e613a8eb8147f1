import { assertEquals } from "@std/assert";
import { pushImage, pushImages } from "../images/images.ts";
import { waitUntil } from "../wait.ts";
import { REGISTRY_LOGIN, startRegistry } from "./registry.ts";
import { realTest, reasonToSkip } from "./skipping.ts";

const reason = await reasonToSkip("docker-registry");

realTest("a registry with a login refuses strangers", reason, async () => {
  await using registry = await startRegistry({ auth: REGISTRY_LOGIN });
  await pushImage(registry, { repository: "private/app", tag: "1", layers: [] });
  const address = `${registry.url}/v2/private/app/manifests/1`;
  assertEquals(await statusOf(address), 401);
  assertEquals(await statusOf(address, registry.authorization), 200);
});

realTest("a registry shows the requests it got", reason, async () => {
  await using registry = await startRegistry();
  await pushImage(registry, { repository: "test/app", tag: "1", layers: [] });
  registry.forgetRequests();
  await statusOf(`${registry.url}/v2/test/app/manifests/2?ns=registry.example`);
  await waitUntil("the request is in the log", () => registry.requests().length > 0);
  const [{ method, path, query, status } = {}, ...others] = registry.requests();
  assertEquals({ method, path, query, status, others }, {
    method: "GET",
    path: "/v2/test/app/manifests/2",
    query: "ns=registry.example",
    status: 404,
    others: [],
  });
});

realTest(
  "images that share a layer send it once, and building them again gives the same bytes",
  reason,
  async () => {
    await using registry = await startRegistry();
    const base = { name: "base", bytes: 100_000 };
    const images = Array.from({ length: 20 }, (_, n) => ({
      repository: "test/many",
      tag: `${n}`,
      layers: [base, { name: `own ${n}`, bytes: 100 }],
    }));
    const first = await pushImages(registry, images);
    const uploads = () =>
      registry.requests().filter(({ method, path }) =>
        method === "PUT" && path.includes("/blobs/")
      );
    await waitUntil("all requests are in the log", () => uploads().length >= 41);
    assertEquals(uploads().length, 41); // the base, 20 layers, 20 configs
    assertEquals(await pushImages(registry, images), first);
  },
);

async function statusOf(address: string, authorization?: string): Promise<number> {
  const response = await fetch(address, {
    headers: {
      accept: "application/vnd.oci.image.manifest.v1+json",
      ...(authorization !== undefined && { authorization }),
    },
  });
  await response.body?.cancel();
  return response.status;
}
