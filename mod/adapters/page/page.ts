import { startTimer } from "../../async/timer.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HttpHandler } from "../../ports/http_handler.ts";
import type { ShownFleet } from "../../ports/shown_fleet.ts";
import { momentOf } from "../../pure/moment.ts";
import { imageDetails, nodeDetails } from "../../pure/page/page_details.ts";
import { PageFeed, type PageSource } from "../../pure/page/page_feed.ts";
import type { Readiness } from "../../pure/readiness.ts";
import { EventStreams, eventText, HEARTBEAT } from "./event_stream.ts";
import { answerKept, keepBody, type KeptBody, PAGE_HEADERS } from "./page_answer.ts";
import { pageFiles } from "./page_files.ts";
import { pageHtml } from "./page_html.ts";

/** What a page shows, and of what. */
export interface PageOptions {
  readonly shown: ShownFleet;
  readonly readiness: () => Readiness;
  readonly clock: Clock;
  /** Such as `warm-images controller 0.3.0`. */
  readonly title: string;
}

/** A page that is served until it is disposed of, which ends its open connections. */
export interface Page extends AsyncDisposable {
  readonly handle: HttpHandler;
}

/** Changes are gathered for so long before open pages are told them. */
const GATHER_MS = 1_000;
/** Whoever asks more often is told what the last one was. */
const REST_MS = 200;
/** Agents grow stale, and conditions cease to hold, without a change of the bucket. */
const LOOK_MS = 10_000;
/** Without an open page nothing is kept for longer. */
const KEEP_MS = 60_000;

/** Opens the page at `/`, with what belongs to it below `/page/`. */
export function openPage(options: PageOptions): Page {
  const server = new PageServer(options);
  return {
    handle: (request) => server.answer(request),
    [Symbol.asyncDispose]: () => Promise.resolve(server.close()),
  };
}

class PageServer {
  readonly #options: PageOptions;
  readonly #streams = new EventStreams();
  readonly #listening: Disposable;
  readonly #files = pageFiles();
  #feed: PageFeed | undefined;
  #whole: { readonly version: number; readonly body: Promise<KeptBody> } | undefined;
  #nextLook: Disposable | undefined;
  #isGathering = false;
  #usedAt = 0;
  #lookedAt = -Infinity;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#listening = options.shown.onChange(() => this.#changed());
  }

  close(): void {
    this.#listening[Symbol.dispose]();
    this.#nextLook?.[Symbol.dispose]();
    this.#streams.close();
  }

  async answer(request: Request): Promise<Response | undefined> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name") ?? "";
    switch (pathname) {
      case "/":
        return await this.#html(request);
      case "/page/fleet.json":
        return answerKept(request, await this.#everything());
      case "/page/events":
        return this.#events(request);
      case "/page/node.json":
        return await details(request, nodeDetails(this.#source(), name));
      case "/page/image.json": {
        const { shown: { fleet, wanted, held }, clock } = this.#options;
        const source = { fleet, wanted, held, now: momentOf(clock) };
        return await details(request, imageDetails(source, name));
      }
      default: {
        const file = (await this.#files).get(pathname.replace(/^\/page\//, ""));
        return file && pathname.startsWith("/page/") ? answerKept(request, file) : undefined;
      }
    }
  }

  async #html(request: Request): Promise<Response> {
    const whole = this.#looked().whole();
    const text = pageHtml({ title: this.#options.title, whole });
    return answerKept(request, await keepBody(text, "text/html; charset=utf-8"));
  }

  #everything(): Promise<KeptBody> {
    const feed = this.#looked();
    if (this.#whole?.version !== feed.version) {
      const text = JSON.stringify(feed.whole());
      this.#whole = { version: feed.version, body: keepBody(text, "application/json") };
    }
    return this.#whole.body;
  }

  #events(request: Request): Response {
    // Nobody would read it.
    if (request.method === "HEAD") return new Response(null, { headers: PAGE_HEADERS });
    const { run, version } = this.#looked();
    const stream = this.#streams.open(eventText("version", JSON.stringify({ run, version })));
    return stream ?? new Response("Too many pages are open\n", {
      status: 503,
      headers: { ...PAGE_HEADERS, "retry-after": "60" },
    });
  }

  /** The feed, as of now; open pages are told what that finds. */
  #looked(): PageFeed {
    this.#usedAt = this.#options.clock.monotonicMs();
    const feed = this.#feed ??= new PageFeed(crypto.randomUUID());
    if (this.#nextLook === undefined) this.#lookIn(LOOK_MS);
    if (this.#usedAt - this.#lookedAt >= REST_MS) this.#look(feed);
    return feed;
  }

  #look(feed: PageFeed): boolean {
    this.#lookedAt = this.#options.clock.monotonicMs();
    const change = feed.look(this.#source());
    if (change === undefined) return false;
    if (this.#streams.size > 0) this.#streams.send(eventText("change", JSON.stringify(change)));
    return true;
  }

  #source(): PageSource {
    const { shown, readiness, clock } = this.#options;
    const { fleet, wanted, held, synced } = shown;
    return { fleet, wanted, held, synced, readiness: readiness(), nowMs: clock.monotonicMs() };
  }

  /** Without an open page a change costs this call alone. */
  #changed(): void {
    if (this.#isGathering || this.#streams.size === 0) return;
    this.#isGathering = true;
    this.#lookIn(GATHER_MS);
  }

  #lookIn(ms: number): void {
    this.#nextLook?.[Symbol.dispose]();
    this.#nextLook = startTimer(ms, () => this.#lookAgain());
  }

  #lookAgain(): void {
    this.#isGathering = false;
    this.#nextLook = undefined;
    const feed = this.#feed;
    if (feed === undefined) return;
    if (this.#streams.size > 0) {
      this.#usedAt = this.#options.clock.monotonicMs();
      if (!this.#look(feed)) this.#streams.send(HEARTBEAT);
    } else if (this.#options.clock.monotonicMs() - this.#usedAt >= KEEP_MS) {
      [this.#feed, this.#whole] = [undefined, undefined];
      return;
    }
    this.#lookIn(LOOK_MS);
  }
}

async function details(request: Request, value: unknown): Promise<Response> {
  if (value !== undefined) {
    return answerKept(request, await keepBody(JSON.stringify(value), "application/json"));
  }
  return new Response("There is none of this name any more\n", {
    status: 404,
    headers: { ...PAGE_HEADERS, "content-type": "text/plain; charset=utf-8" },
  });
}
