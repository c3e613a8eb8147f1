import { assertEquals } from "@std/assert";
import { layerChain } from "../../../mod/adapters/containerd/layer_chain.ts";

Deno.test("each layer is named by all that lies below it", async () => {
  const diffIds = ["sha256:a", "sha256:b", "sha256:c"];
  // printf 'sha256:a sha256:b' | sha256sum, and so on
  assertEquals(
    await layerChain(JSON.stringify({ rootfs: { type: "layers", diff_ids: diffIds } })),
    [
      "sha256:a",
      "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8",
      "sha256:dee159b33409cefa3f6eda71539f006014283e9d9130c18a1dea7bd8a33c9b1b",
    ],
  );
});

Deno.test("what is no configuration of an image names no layers", async () => {
  for (const text of ["", "{}", "[1]", '{"rootfs": {"diff_ids": null}}']) {
    assertEquals(await layerChain(text), undefined);
  }
});
