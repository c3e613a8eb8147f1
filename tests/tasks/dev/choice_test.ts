import { assertEquals, assertStringIncludes } from "@std/assert";
import { choosePlace, whyNoBare } from "./choice.ts";

const NO_DOCKER = "kind needs Docker, which is not on PATH: install it";

Deno.test("dev takes kind where Docker runs, and says what bare would need", () => {
  for (const bare of [undefined, whyNoBare("linux", 1000)]) {
    const { on, message } = choosePlace({ kind: undefined, bare });
    assertEquals(on, "kind");
    assertEquals(
      message,
      "Running on kind, as Docker runs; --on bare needs no Docker, but Linux and root",
    );
  }
});

Deno.test("dev takes bare where Docker does not run, and says what kind would need", () => {
  assertEquals(choosePlace({ kind: NO_DOCKER, bare: undefined }), {
    on: "bare",
    message: `Running on bare, without Kubernetes; ${NO_DOCKER}`,
  });
});

Deno.test("dev takes neither where neither can run, and says what each needs", () => {
  const bare = whyNoBare("darwin", 501);
  const { on, message } = choosePlace({ kind: NO_DOCKER, bare });
  assertEquals(on, undefined);
  assertStringIncludes(message, `--on kind    ${NO_DOCKER}\n`);
  assertStringIncludes(message, `--on bare    ${bare}\n`);
});

Deno.test("bare needs Linux and root, and says which is missing", () => {
  assertEquals(whyNoBare("linux", 0), undefined);
  assertStringIncludes(whyNoBare("linux", 1000) ?? "", "sudo");
  assertStringIncludes(whyNoBare("darwin", 0) ?? "", "Linux");
  assertStringIncludes(whyNoBare("windows", null) ?? "", "Linux");
});
