/** Values of a log line beside its message; never secrets. Unset ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * One line per event. Messages follow Kubernetes' guidelines: no subject, past tense ("Connected to
 * NATS", "Could not read the disk"), no final period.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-instrumentation/logging.md#message-style-guidelines
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
