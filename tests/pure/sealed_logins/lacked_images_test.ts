import { assertEquals } from "@std/assert";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { lackedImages } from "../../../mod/pure/sealed_logins/lacked_images.ts";

const AT = "2026-01-02T00:00:00Z";

Deno.test("a node lacks what it does not report as warm or skipped, and has failed since then", () => {
  const fleet = new Fleet();
  const images = {
    "warm:1": { state: "warm", since: AT },
    "skipped:1": { state: "skipped", since: AT },
    "pulling:1": { state: "pulling", since: AT },
    "failed:1": { state: "failed", since: AT },
    "undated:1": { state: "failed", since: "?" },
    "public:1": { state: "failed", since: AT },
  };
  fleet.putReport({ v: 1, node: "n1", agent: "0.3.0", at: AT, images }, 0);
  const node = fleet.nodes.get("n1");
  const asked = new Set(["unheard:1", ...Object.keys(images)]);
  asked.delete("public:1");
  assertEquals(node && [...lackedImages(node, asked)], [
    ["unheard:1", 0],
    ["pulling:1", 0],
    ["failed:1", Date.parse(AT)],
    ["undated:1", 1],
  ]);
});
