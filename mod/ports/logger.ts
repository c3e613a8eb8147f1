/** Values a log line may carry beside its message; never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line per thing that happened. Messages are short sentences without a final period. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
