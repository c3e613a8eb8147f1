import { assertEquals } from "@std/assert";
import { benefitText } from "../../../mod/pure/benefit/benefit_text.ts";

const sums = { warm: 8, cold: 2, waitedSeconds: 31.4, savedSeconds: 7300 };

Deno.test("what was saved is told by namespace, and what cost most by image", () => {
  const [head, starts, title, costly] = benefitText({
    since: "2026-11-27T09:00:00.000Z",
    until: "2026-11-27T10:30:59.000Z",
    total: { ...sums, warm: 9, gpuSeconds: 60 },
    byNamespace: [{ namespace: "shop\u001b[2J", ...sums }],
    rest: { warm: 1, cold: 0, waitedSeconds: 0, savedSeconds: 0 },
    costliest: [{ image: "quay.io/a:1", starts: 2, waitedSeconds: 31.4 }],
  });
  assertEquals(
    head,
    "From 2026-11-27 09:00 UTC to 2026-11-27 10:30 UTC: 9 of 11 containers found their image " +
      "there; 2 h saved, 60 s of it on nodes with GPUs",
  );
  assertEquals(Object(starts).cells, [
    ["shop\\u001b[2J", "8", "2", "31 s", "2 h"],
    ["(others)", "1", "0", "0 s", "0 s"],
  ]);
  assertEquals(title, "Images waited for longest");
  assertEquals(Object(costly).cells, [["quay.io/a:1", "2", "31 s"]]);
});
