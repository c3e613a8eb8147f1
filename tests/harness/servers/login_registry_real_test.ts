import { assertEquals } from "@std/assert";
import { pushImage } from "../images/images.ts";
import { type LoginRegistry, startLoginRegistry } from "./login_registry.ts";
import { startRegistry } from "./registry.ts";
import { waitUntil } from "../wait.ts";
import { realTest, reasonToSkip } from "./skipping.ts";

const reason = await reasonToSkip("docker-registry");
const PATH = "/v2/private/app/manifests/1";

for (const scheme of ["basic", "token"] as const) {
  realTest(
    `a registry in front of another gives only what a login buys: ${scheme}`,
    reason,
    async () => {
      await using upstream = await startRegistry();
      await pushImage(upstream, { repository: "private/app", tag: "1", layers: [] });
      await using front = startLoginRegistry({ upstream: upstream.host, scheme });
      const { username, password } = front.login;
      const login = `Basic ${btoa(`${username}:${password}`)}`;

      assertEquals(await statusOf(front), 401);
      assertEquals(await statusOf(front, `Basic ${btoa("test:other")}`), 401);
      const bought = scheme === "basic" ? login : `Bearer ${await tokenOf(front, login)}`;
      assertEquals(await statusOf(front, bought), 200);
      front.login = { username, password: "rotated" };
      assertEquals(await statusOf(front, bought), 401);
      assertEquals(
        front.requests().filter(({ path }) => path === PATH).map(({ status, loggedIn }) =>
          `${status} ${loggedIn}`
        ),
        ["401 false", "401 false", "200 true", "401 false"],
      );
    },
  );
}

realTest(
  "layers trickle until they may come whole, and who is in the middle of one is known",
  reason,
  async () => {
    await using upstream = await startRegistry();
    const layers = [{ name: "layer", bytes: 1_000_000 }];
    await pushImage(upstream, { repository: "app", tag: "1", layers });
    await using front = startLoginRegistry({ upstream: upstream.host });
    const { username, password } = front.login;
    const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` };
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await fetch(`http://${front.host}/v2/app/manifests/1`, {
      headers: { ...headers, accept },
    });
    const [layer] = (await manifest.json()).layers;
    const url = `http://${front.host}/v2/app/blobs/${layer.digest}`;

    {
      using _trickle = front.trickle();
      const leaving = await fetch(url, { headers });
      await waitUntil("it is under way", () => front.trickledTo("app").size === 1);
      assertEquals(front.trickledTo("other").size, 0);
      await leaving.body?.cancel();
      await waitUntil("who has gone is forgotten", () => front.trickledTo("app").size === 0);
    }
    const trickle = front.trickle();
    const staying = await fetch(url, { headers });
    await waitUntil("it is under way", () => front.trickledTo("app").size === 1);
    trickle[Symbol.dispose]();
    assertEquals((await staying.arrayBuffer()).byteLength, layer.size);
    assertEquals(front.trickledTo("app").size, 0);
  },
);

async function tokenOf(front: LoginRegistry, login: string): Promise<string> {
  const headers = { authorization: login };
  return (await (await fetch(`http://${front.host}/token`, { headers })).json()).token;
}

async function statusOf(front: LoginRegistry, authorization?: string): Promise<number> {
  const response = await fetch(`http://${front.host}${PATH}`, {
    headers: {
      accept: "application/vnd.oci.image.manifest.v1+json",
      ...(authorization !== undefined && { authorization }),
    },
  });
  await response.body?.cancel();
  return response.status;
}
