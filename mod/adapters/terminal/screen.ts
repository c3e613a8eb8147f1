import { print, type Printed, write } from "./print.ts";

/** Where tables go that people look at. */
export interface Output extends Printed {
  isTerminal(): boolean;
}

/** How wide output may be, and whether it has colours. */
export interface OutputShape {
  readonly columns: number;
  readonly wholeWords: boolean;
  readonly colors: boolean;
}

/** The width where there is no terminal to tell another. */
const COLUMNS = 80;

/** Narrower than this is not drawn: a terminal may say 0. */
const LEAST_COLUMNS = 20;

/** What standard output can show. `NO_COLOR` is honoured: https://no-color.org/ */
export function shapeOf(output: Output): OutputShape {
  if (!output.isTerminal()) return { columns: COLUMNS, wholeWords: true, colors: false };
  const { columns } = sizeOf();
  return { columns, wholeWords: false, colors: !Deno.noColor };
}

/** What is shown live; disposing gives the terminal back. */
export interface Screen extends Disposable {
  /** Shows a text in place of the one before. */
  show(text: string): void;
}

/**
 * On a terminal one text takes the place of the other, as far as it is high enough, and the last one
 * stays in the end; elsewhere each text that differs is printed under the one before.
 */
export function openScreen(output: Output): Screen {
  return output.isTerminal() ? new TerminalScreen(output) : new PrintedScreen(output);
}

class PrintedScreen implements Screen {
  readonly #output: Output;
  #isFirst = true;

  constructor(output: Output) {
    this.#output = output;
  }

  show(text: string): void {
    print(this.#output, this.#isFirst ? text : `\n${text}`);
    this.#isFirst = false;
  }

  [Symbol.dispose](): void {}
}

/** xterm's other screen, without a cursor: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

class TerminalScreen implements Screen {
  readonly #output: Output;
  #last: string | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  show(text: string): void {
    const enter = this.#last === undefined ? ENTER : "";
    this.#last = text;
    const { rows } = sizeOf();
    const lines = text.split("\n");
    const shown = lines.length <= rows ? lines : [
      ...lines.slice(0, rows - 1),
      `… ${lines.length - rows + 1} more lines`,
    ];
    // Cleared before it is written: behind a line as wide as the screen it would take its last sign.
    const drawn = shown.map((line) => `${CLEAR_LINE}${line}`).join("\r\n");
    write(this.#output, `${enter}${HOME}${drawn}${CLEAR_BELOW}`);
  }

  [Symbol.dispose](): void {
    if (this.#last !== undefined) write(this.#output, `${LEAVE}${this.#last}\n`);
  }
}

function sizeOf(): { readonly columns: number; readonly rows: number } {
  const { columns, rows } = consoleSize();
  return { columns: Math.max(LEAST_COLUMNS, columns || COLUMNS), rows: Math.max(2, rows || 24) };
}

/** Throws where it is asked of no terminal. */
function consoleSize(): { readonly columns: number; readonly rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 0, rows: 0 };
  }
}
