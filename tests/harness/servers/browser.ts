import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { obtainChromium } from "../tools/chromium.ts";
import { startProcess } from "../process.ts";

export type { Page } from "puppeteer-core";

/** A browser without windows; disposing stops it. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens a page of its own, with cookies and storage of its own. */
  open(options?: OpenOptions): Promise<OpenPage>;
}

/** What a reader's browser is like. */
export interface OpenOptions {
  /** Default light. */
  readonly scheme?: "light" | "dark";
  /** In CSS pixels; default 1280 × 800. */
  readonly width?: number;
  readonly height?: number;
  /** Default true. */
  readonly javaScript?: boolean;
}

/** An open page, with all that it complained of. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of its console, what it did not catch, and what its policy forbade. */
  readonly complaints: readonly string[];
}

/** Starts a browser. */
export async function startBrowser(): Promise<TestBrowser> {
  const { path, env, fonts } = await obtainChromium();
  await using stack = new AsyncDisposableStack();
  const profile = await Deno.makeTempDir({ prefix: "warm-images-browser-" });
  stack.defer(() => Deno.remove(profile, { recursive: true }));
  await Deno.writeTextFile(`${profile}/fonts.conf`, fontsConfig(fonts, profile));
  let address: string | undefined;
  const chromium = await startProcess(path, {
    args: [
      // Tests run as root, whom chromium's sandbox refuses; it shows pages of ours alone.
      "--no-sandbox",
      ...["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
      ...["--remote-debugging-port=0", `--user-data-dir=${profile}/profile`],
    ],
    env: { ...env, FONTCONFIG_FILE: `${profile}/fonts.conf`, HOME: profile },
    onLine: (line) => address ??= /DevTools listening on (ws:\S+)/.exec(line)?.[1],
    ready: () => Promise.resolve(address !== undefined),
  });
  stack.use(chromium);
  const browser = await puppeteer.connect({
    browserWSEndpoint: `${address}`,
    defaultViewport: null,
  });
  stack.defer(() => browser.disconnect());
  const everything = stack.move();
  return {
    open: (options) => openPage(browser, options),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function openPage(browser: Browser, options: OpenOptions = {}): Promise<OpenPage> {
  const { scheme = "light", width = 1280, height = 800, javaScript = true } = options;
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setJavaScriptEnabled(javaScript);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Letters of the browser's own, the same on every machine. */
function fontsConfig(fonts: string, cache: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${cache}/fonts</cachedir></fontconfig>
`;
}
