import { assertEquals } from "@std/assert";
import axe from "axe-core";
import { REPOSITORY } from "../../harness/programs.ts";
import type { Page } from "../../harness/servers/browser.ts";
import { waitUntil } from "../../harness/wait.ts";

/** What a reader does on the page, and sees. */
export class Reader {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  see = (selector: string) => this.#page.waitForSelector(selector, { visible: true });
  click = (selector: string) => this.#page.click(selector);
  title = () => this.#page.title();
  is = async (expression: string) => await this.#page.evaluate(expression) === true;
  count = (selector: string) => this.#page.$$(selector).then((found) => found.length);
  choose = (view: string) => this.#page.click(`label:has([value=${view}])`);

  until(expression: string) {
    return waitUntil(expression, () => this.is(expression));
  }

  text(selector: string): Promise<string> {
    return this.#page.$eval(selector, (element) => element.textContent ?? "");
  }

  attribute(selector: string, name: string): Promise<string | null> {
    return this.#page.$eval(selector, (element, name) => element.getAttribute(name), name);
  }

  async type(selector: string, text: string): Promise<void> {
    await this.#page.click(selector, { count: 3 });
    await this.#page.keyboard.press("Backspace");
    await this.#page.keyboard.type(text);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const [last = "", ...held] = key.split("+").reverse();
      for (const each of held) await this.#page.keyboard.down(each as "Shift");
      await this.#page.keyboard.press(last as "Enter");
      for (const each of held) await this.#page.keyboard.up(each as "Shift");
    }
  }

  /** Presses Tab until the condition holds. */
  async tabTo(condition: string, key = "Tab"): Promise<void> {
    for (let left = 30; left > 0; left--) {
      await this.press(key);
      if (await this.is(condition)) return;
    }
    throw new Error(`"${key}" does not lead to where ${condition}`);
  }

  /** Where the keyboard is in the matrix. */
  at(): Promise<unknown> {
    return this.#page.evaluate(
      `({ row: Number(document.activeElement.dataset.row), column: Number(document.activeElement.dataset.column) })`,
    );
  }

  /** What axe calls serious or critical. */
  async serious(): Promise<string[]> {
    await this.#page.evaluate(axe.source);
    const { violations } = await this.#page.evaluate("axe.run()") as axe.AxeResults;
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(" ")}`);
  }

  /** How well each sign stands out from what is behind it. */
  async signs(): Promise<{ readonly name: string; readonly contrast: number }[]> {
    const found = await this.#page.evaluate(`[...document.querySelectorAll(".legend .sign")]
      .map((sign) => {
        const { color, backgroundColor } = getComputedStyle(sign);
        return { name: sign.className, color, backgroundColor };
      })`) as { name: string; color: string; backgroundColor: string }[];
    assertEquals(found.length, 6);
    return found.map(({ name, color, backgroundColor }) => {
      const [dark = 0, light = 0] = [luminance(color), luminance(backgroundColor)].sort();
      return { name, contrast: (light + 0.05) / (dark + 0.05) };
    });
  }

  /** Writes what is seen to a folder that people look at. */
  async shot(name: string): Promise<void> {
    await Deno.mkdir(`${REPOSITORY}dist/page`, { recursive: true });
    await this.#page.screenshot({ path: `${REPOSITORY}dist/page/${name}.png` });
  }
}

/** Of a colour as a browser computes it: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(([number]) => {
    const part = Number(number) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
