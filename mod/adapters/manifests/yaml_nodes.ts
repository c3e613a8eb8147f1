import {
  Composer,
  Lexer,
  type LineCounter,
  type ParsedNode,
  Parser,
  type YAMLParseError,
} from "yaml";

/** The root of a YAML document, and what is wrong with its syntax first. */
export interface YamlNodes {
  readonly root: ParsedNode | null;
  readonly error: YAMLParseError | undefined;
}

/**
 * Parses the syntax of one YAML document; what its scalars mean is left open. `lines` is told where
 * lines begin. Throws `RangeError` when it is nested too deep for the stack.
 */
export function yamlNodes(text: string, lines: LineCounter): YamlNodes {
  const composer = new Composer({
    schema: "failsafe",
    uniqueKeys: false,
    strict: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document] = composer.compose(tokensOf(text, lines), true, text.length);
  const error = document?.errors.find(({ code, pos: [at] }) =>
    // Kubernetes' reader takes `\'` in double quotes for an apostrophe.
    code !== "BAD_DQ_ESCAPE" || text.slice(at, at + 2) !== "\\'"
  );
  return { root: document?.contents ?? null, error };
}

function* tokensOf(text: string, lines: LineCounter) {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new LooseLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

type Lexemes = Generator<string, unknown, unknown>;

/** The part of a `Lexer` that is loosened, which its types hide. */
interface LexerInside {
  /** The indentation below which a line ends what is being read. */
  indentNext: number;
  readonly flowLevel: number;
  lex(text: string): Iterable<string>;
  parseFlowCollection(): Lexemes;
  parseQuotedScalar(): Lexemes;
  parsePlainScalar(): Lexemes;
}

/**
 * A lexer that does not look at the indentation within quotes and within brackets, as libyaml and
 * its Go port do not; the YAML specification, and with it the library, wants each of these lines
 * deeper than its key.
 */
class LooseLexer extends (Lexer as unknown as new () => LexerInside) {
  override parseFlowCollection(): Lexemes {
    return this.#loosely(super.parseFlowCollection());
  }

  override parseQuotedScalar(): Lexemes {
    return this.#loosely(super.parseQuotedScalar());
  }

  override parsePlainScalar(): Lexemes {
    const lexemes = super.parsePlainScalar();
    return this.flowLevel > 0 ? this.#loosely(lexemes) : lexemes;
  }

  *#loosely(lexemes: Lexemes): Lexemes {
    const { indentNext } = this;
    this.indentNext = 0;
    const next = yield* lexemes;
    this.indentNext = indentNext;
    return next;
  }
}
