// The page in a real browser. Each test also holds that nothing was complained of: neither a script nor
// the page's policy (see `open()`).
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type OpenOptions, startBrowser } from "../../harness/servers/browser.ts";
import { sampleFleet } from "../../harness/fakes/sample_fleet.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { Reader } from "./reader.ts";
import { fill, type ServedPage, servePage } from "./served_page.ts";

const AT = "2026-11-27T10:00:00.000Z";

const SUMS = { warm: 1_204, cold: 31, waitedSeconds: 412, savedSeconds: 9_300 };
const BENEFIT = {
  v: 1,
  since: AT,
  until: AT,
  total: SUMS,
  namespaces: [{ namespace: "shop", ...SUMS }],
  images: [{ image: "registry.example.com/shop/web:v1", starts: 20, waitedSeconds: 300 }],
};

realTest("the page", await reasonToSkip("chromium"), async (t) => {
  await using browser = await startBrowser();
  /** A page of its own for each step, which must have had nothing to complain of in the end. */
  const open = async (
    served: Pick<ServedPage, "url">,
    act: (reader: Reader) => Promise<void>,
    options: OpenOptions & { readonly at?: string } = {},
  ) => {
    await using opened = await browser.open(options);
    await opened.page.goto(served.url + (options.at ?? ""));
    await act(new Reader(opened.page));
    assertEquals(opened.complaints, []);
  };
  const step = (name: string, act: () => Promise<void>) => t.step(name, act);

  await step("shows 200 nodes and 500 images, and draws what can be seen alone", async () => {
    await using served = servedFleet(200, 500);
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      assertEquals(await reader.text("#nodes"), "200");
      assertEquals(await reader.text("#images"), "500");
      assertEquals(await reader.attribute("#matrix", "aria-rowcount"), "501");
      assertEquals(await reader.attribute("#matrix", "aria-colcount"), "201");
      assert(await reader.count("#matrix .cell") < 5_000);
      await reader.shot("matrix-light");
    });
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      await reader.shot("matrix-dark");
    }, { scheme: "dark" });
  });

  await step(
    "a failed image is found in two clicks, with its reason and who wants it",
    async () => {
      await using served = servedFleet(200, 500);
      await open(served, async (reader) => {
        await reader.see("#matrix .cell");
        await reader.click("#failures-list li:last-child button"); // the rarest reason
        assertEquals(await reader.text("#found"), "1 image, 67 nodes");
        await reader.click("#matrix .image-head");
        await reader.see("dialog[open] details");
        const text = await reader.text("dialog");
        assertStringIncludes(text, "denied: the registry wants a login");
        assertStringIncludes(text, "Deployment");
        await reader.shot("image");
      });
    },
  );

  await step("follows a change", async () => {
    await using served = servedFleet(3, 4);
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      assertEquals(await reader.text("#status"), "Live");
      report(served, "node-new", { "new.example/x:1": { state: "pulling", since: AT } });
      await reader.until(`document.querySelector("#matrix").textContent.includes("node-new")`);
      await reader.until(`document.querySelector("#matrix").textContent.includes("x:1")`);
      served.bucket.delete({ type: "report", name: "node-new" });
      await reader.until(`!document.querySelector("#matrix").textContent.includes("node-new")`);
      await reader.until(`!document.querySelector("#matrix").textContent.includes("x:1")`);
    });
  });

  await step("what is open of an image follows changes, too", async () => {
    await using served = servedFleet(1, 1);
    report(served, "a", { "x:1": { state: "waiting", since: AT } });
    await open(served, async (reader) => {
      await reader.until(`document.querySelector("dialog[open]")?.textContent.includes("waiting")`);
      report(served, "a", { "x:1": { state: "failed", since: AT, reason: "denied: no login" } });
      await reader.until(
        `document.querySelector("dialog[open]").textContent.includes("denied: no login")`,
      );
    }, { at: "#image=x%3A1" });
  });

  await step(
    "says of a node that is kept from pods what it waits for, until it takes them",
    async () => {
      await using served = servedFleet(1, 1);
      const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
      const node = {
        v: 1 as const,
        name: "new",
        uid: "u",
        ...where,
        unschedulable: false,
        skip: false,
      };
      const put = (gate?: { due: string[]; until: string }) => {
        served.bucket.put({ type: "node", value: { ...node, ...(gate && { gate }) } }, 0);
        report(served, "new", { "x:1": { state: "pulling", since: AT } });
      };
      put({ due: ["x:1"], until: AT });
      await open(served, async (reader) => {
        await reader.until(
          `document.querySelector("dialog[open]")?.textContent.includes("waits for x:1")`,
        );
        assertStringIncludes(await reader.text("dialog"), "0 of 1 due images warm");
        put();
        await reader.until(
          `!document.querySelector("dialog").textContent.includes("Kept from pods")`,
        );
      }, { at: "#node=new" });
    },
  );

  await step("no text of anybody becomes more than text", async () => {
    await using served = servedFleet(1, 1);
    const name = `evil/<img src=x onerror="document.title='hit'">\u202Egnp.exe\u0007:1`;
    const reason = `bad: </td><script>document.title="hit"</script> & \u2066right`;
    report(served, `<b>node</b>"'&`, { [name]: { state: "failed", since: AT, reason } });
    served.state.set("nats", false, `<i>down</i> & "out"`);
    served.bucket.changed();
    for (const javaScript of [true, false]) {
      await open(served, async (reader) => {
        if (javaScript) {
          await reader.see("#matrix .cell");
          await reader.click("#matrix .image-head");
          await reader.see("dialog[open] details");
          const dialog = await reader.text("dialog");
          assertStringIncludes(dialog, `<img src=x onerror="document.title='hit'">`);
          assertStringIncludes(dialog, String.raw`\u{202e}gnp.exe\u{7}`);
          assertStringIncludes(dialog, "</td><script>");
          assertStringIncludes(dialog, `<b>node</b>"'&`);
        } else {
          const plain = await reader.text("#plain");
          assertStringIncludes(plain, String.raw`onerror="document.title='hit'">\u{202e}gnp.exe`);
        }
        assertStringIncludes(await reader.text("#troubles"), `<i>down</i> & "out"`);
        assertEquals(await reader.count("img, b b, i, main script, dialog script"), 0);
        assertEquals(await reader.title(), "Warm images");
      }, { javaScript });
    }
  });

  await step("without scripts it shows the summary, and where something is lacking", async () => {
    await using served = servedFleet(20, 50);
    await open(served, async (reader) => {
      assertEquals(await reader.text("#nodes"), "20");
      assertStringIncludes(await reader.text("#failures"), "not_found");
      assertStringIncludes(await reader.text("#plain"), "Without scripts");
      assertStringIncludes(await reader.text("#plain"), "registry.example.com/platform/api:v1.3.3");
      await reader.shot("without-scripts");
    }, { javaScript: false });
  });

  await step("an empty bucket, one that is read, and one that was lost and is back", async () => {
    await using served = servePage();
    await open(served, async (reader) => {
      await reader.until(`document.querySelector("#empty").textContent.startsWith("Nothing is")`);
      assertEquals(await reader.text("#warm-share"), "–");
      served.setSynced(false);
      await reader.until(`document.querySelector("#troubles").textContent.includes("being read")`);
      fill(served, sampleFleet({ nodes: 3, images: 3, nowMs: Date.now() }));
      served.setSynced(true);
      await reader.see("#matrix .cell");
      await reader.until(`document.querySelector("#troubles").hidden`);
      served.setSynced(false);
      served.bucket.clear();
      served.state.set("nats", false, "Cannot reach NATS");
      await reader.until(
        `document.querySelector("#troubles").textContent.includes("Cannot reach")`,
      );
      await reader.until(`document.querySelectorAll("#matrix .cell").length === 0`);
      served.state.set("nats", true);
      fill(served, sampleFleet({ nodes: 2, images: 3, nowMs: Date.now() }));
      served.setSynced(true);
      await reader.until(`document.querySelector("#nodes").textContent === "2"`);
      await reader.until(`document.querySelector("#troubles").hidden`);
    });
  });

  await step("comes back by itself when the controller does, with what that knows", async () => {
    const first = servedFleet(3, 3);
    await using opened = await browser.open();
    await opened.page.goto(first.url);
    const reader = new Reader(opened.page);
    await reader.see("#matrix .cell");
    await first[Symbol.asyncDispose]();
    await reader.until(`document.querySelector("#status").textContent.includes("Connecting")`);
    assertEquals(await reader.text("#nodes"), "3"); // what was known stays to be read
    await using second = servePage(first.port);
    fill(second, sampleFleet({ nodes: 5, images: 3, nowMs: Date.now() }));
    await reader.until(`document.querySelector("#nodes").textContent === "5"`);
    assertEquals(await reader.text("#status"), "Live");
  });

  await step("the keyboard is enough", async () => {
    await using served = servedFleet(200, 500);
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      await reader.tabTo(`document.activeElement.closest("#matrix") !== null`);
      await reader.press("Control+End");
      assertEquals(await reader.at(), { row: 499, column: 199 });
      await reader.press("ArrowUp", "ArrowLeft");
      assertEquals(await reader.at(), { row: 498, column: 198 });
      await reader.press("Control+Home");
      assertEquals(await reader.at(), { row: 0, column: -1 });
      await reader.press("ArrowRight", "PageDown", "PageUp", "ArrowUp");
      assertEquals(await reader.at(), { row: -1, column: 0 });
      await reader.press("ArrowDown", "Enter");
      await reader.see("dialog[open] details");
      assert(await reader.is(`document.activeElement.closest("dialog") !== null`));
      await reader.press("Escape");
      await reader.until(`!document.querySelector("dialog").open`);
      assertEquals(await reader.at(), { row: 0, column: 0 });
      await reader.tabTo(`document.activeElement.name === "view"`, "Shift+Tab");
      await reader.press("ArrowRight");
      await reader.see("#images-rows button");
      await reader.tabTo(`document.activeElement.closest("#images-rows") !== null`);
      await reader.press("Enter");
      await reader.see("dialog[open] details");
    });
  });

  await step("who is in the matrix stays at an image and node when rows move", async () => {
    await using served = servedFleet(5, 5);
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      await reader.tabTo(`document.activeElement.closest("#matrix") !== null`);
      await reader.press("Control+End");
      const before = await reader.text("#matrix-told");
      report(served, "aaa", { "worst:1": { state: "failed", since: AT } });
      await reader.until(`document.querySelector("#matrix").textContent.includes("aaa")`);
      assertEquals(await reader.at(), { row: 5, column: 5 });
      assertEquals(await reader.text("#matrix-told"), before);
    });
  });

  for (const [what, width, height] of [["a phone", 390, 844], ["400 % zoom", 320, 256]] as const) {
    await step(`on ${what} nothing but the matrix scrolls sideways`, async () => {
      await using served = servedFleet(200, 500);
      report(served, "a", { [`${"long".repeat(60)}/x:1`]: { state: "failed", since: AT } });
      await open(served, async (reader) => {
        await reader.see("#matrix .cell");
        const fits = `document.documentElement.scrollWidth <= innerWidth`;
        assert(await reader.is(fits), "matrix");
        await reader.shot(what.replaceAll(/\W+/g, "-"));
        for (const view of ["images", "nodes"]) {
          await reader.choose(view);
          await reader.see(`#${view}-rows button`);
          assert(await reader.is(fits), view);
        }
        await reader.choose("images");
        await reader.see("#images-rows button");
        await reader.click("#images-rows button");
        await reader.see("dialog[open] .facts");
        assert(await reader.is(`document.querySelector("dialog").scrollWidth <= innerWidth`));
      }, { width, height });
    });
  }

  for (const scheme of ["light", "dark"] as const) {
    await step(`axe finds nothing serious in ${scheme}`, async () => {
      await using served = servedFleet(60, 40);
      served.state.set("nats", false, "Cannot reach NATS");
      served.state.note("kinds", "KEDA is not followed");
      served.held.set("benefit", JSON.stringify(BENEFIT));
      await open(served, async (reader) => {
        await reader.see("#matrix .cell");
        // axe leaves out texts of one character, and signs are such.
        assertEquals((await reader.signs()).filter(({ contrast }) => contrast < 4.5), []);
        await reader.click("#benefit summary");
        await reader.see("#benefit table");
        assertEquals(await reader.serious(), []);
        await reader.shot(`benefit-${scheme}`);
        for (const view of ["images", "nodes"]) {
          await reader.choose(view);
          await reader.see(`#${view}-rows button`);
          assertEquals(await reader.serious(), []);
        }
        await reader.click("#nodes-rows button");
        await reader.see("dialog[open] .facts");
        assertEquals(await reader.serious(), []);
        await reader.shot(`node-${scheme}`);
      }, { scheme });
    });
  }

  await step("what is typed and chosen narrows all views", async () => {
    await using served = servedFleet(60, 40);
    await open(served, async (reader) => {
      await reader.see("#matrix .cell");
      await reader.type("#filter", "GPU-");
      await reader.until(`document.querySelector("#found").textContent === "40 images, 3 nodes"`);
      await reader.type("#filter", "nothing like it");
      await reader.until(
        `document.querySelector("#empty").textContent.startsWith("Nothing matches")`,
      );
      await reader.type("#filter", "");
      await reader.click("#hide-warm");
      await reader.until(`!document.querySelector("#found").textContent.startsWith("40 images")`);
    });
  });
});

function servedFleet(nodes: number, images: number): ServedPage {
  const served = servePage();
  fill(served, sampleFleet({ nodes, images, nowMs: Date.now() }));
  return served;
}

function report({ bucket }: ServedPage, node: string, images: Report["images"]): void {
  const value = { v: 1, node, agent: "0.3.0", at: AT, images } as const;
  bucket.put({ type: "report", value }, performance.now());
}

type Report = Extract<Parameters<ServedPage["bucket"]["put"]>[0], { type: "report" }>["value"];
