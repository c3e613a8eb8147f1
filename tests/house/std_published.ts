/**
 * What the published modules export, types included, by the specifier that deno.json pins. Taken from
 * their sources with `deno doc`; whoever pins another version takes the names from there anew, and
 * compares the signatures with those of the stand-in.
 */
export const PUBLISHED: Readonly<Record<string, string>> = {
  "jsr:@std/assert@1.0.19": "AnyConstructor ArrayLikeArg AssertionError Falsy GetConstructorType " +
    "assert assertAlmostEquals assertArrayIncludes assertEquals assertExists assertFalse " +
    "assertGreater assertGreaterOrEqual assertInstanceOf assertIsError assertLess " +
    "assertLessOrEqual assertMatch assertNotEquals assertNotInstanceOf assertNotMatch " +
    "assertNotStrictEquals assertObjectMatch assertRejects assertStrictEquals " +
    "assertStringIncludes assertThrows equal fail unimplemented unreachable",
  "jsr:@std/async@1.5.0/delay": "DelayOptions delay",
  "jsr:@std/cli@1.0.32/parse-args": "Args ParseOptions parseArgs",
  "jsr:@std/log@0.224.14": "BaseHandler BaseHandlerOptions ConsoleHandler " +
    "ConsoleHandlerOptions FileHandler FileHandlerOptions FormatterFunction GenericFunction " +
    "LevelName LogConfig LogLevel LogLevelNames LogLevels LogMode LogRecord LogRecordOptions " +
    "Logger LoggerConfig LoggerOptions RotatingFileHandler critical debug error formatters " +
    "getLevelByName getLevelName getLogger info jsonFormatter setup warn",
  "jsr:@std/testing@1.0.20/time": "DelayOptions FakeTime FakeTimeOptions TimeError",
};
