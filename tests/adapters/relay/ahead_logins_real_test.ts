import { assertEquals } from "@std/assert";
import { never } from "../../harness/signals.ts";
import { servedImage, startBasicRegistry, startLoginRelay } from "./login_registry.ts";
import { candidate, loginSource, passwordLogin } from "./login_sources.ts";
import { basicAuthorization } from "../../../mod/pure/relay/login_texts.ts";
import { startScriptedHost } from "./scripted_host.ts";

const signal = never();

function by(user: string) {
  return [candidate(loginSource(passwordLogin(user, "p")))];
}

function basic(user: string): string {
  const login = passwordLogin(user, "p");
  return login.type === "password" ? basicAuthorization(login) : "";
}

Deno.test("blobs in memory that one login has fetched are not for another, nor for none", async () => {
  const image = await servedImage();
  const layer = [{ mediaType: "layer", digest: image.layerDigest, bytes: image.layer.length }];
  // each may see the manifest, and one alone the layer that it names
  await using registry = await startBasicRegistry(
    image,
    (shown, { target }) =>
      shown === basic("owner") || !target.includes(image.layerDigest) &&
        (shown === basic("stranger") || shown === basic("owner")),
  );
  await using open = await startScriptedHost((request) =>
    request.target.includes(image.layerDigest) ? undefined : image.answer(request)
  );
  await using relay = await startLoginRelay();
  await using own = await relay.pull(`${registry.address}/private:1`, by("owner"));
  assertEquals((await own.lookUp()).result, "found");
  assertEquals(await own.relayed.fetchAhead(layer, { signal }), true);
  for (
    const pull of [
      await relay.pull(`${registry.address}/private:1`, by("stranger")),
      await relay.pull(`${open.address}/copy:1`),
    ]
  ) {
    await using stranger = pull;
    assertEquals((await stranger.lookUp()).result, "found");
    assertEquals(await stranger.relayed.fetchAhead(layer, { signal }), false);
    const { status, bytes } = await stranger.fetch(`blobs/${image.layerDigest}`);
    assertEquals([status >= 400, bytes.length], [true, 0]);
  }
  const before = registry.seen.length;
  await using same = await relay.pull(`${registry.address}/private:2`, by("owner"));
  assertEquals((await same.lookUp()).result, "found");
  assertEquals(await same.relayed.fetchAhead(layer, { signal }), true);
  const later = registry.seen.slice(before).filter(({ target }) => target.includes("/blobs/"));
  assertEquals(later.length, 0, "the same login shares what it has");
  assertEquals((await own.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
  assertEquals((await same.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
});
