/** A folder that `remove` deletes; a caller's own folder is left alone, so that a server can be started on it again. */
export declare function serverFolder(
  name: string,
  given?: string,
): {
  path: string;
  remove(): void;
};
export interface ServerProcess {
  pid: number;
  /** Asks it to stop, and kills it after 10 s. */
  stop(): Promise<void>;
  /** Ends it as a crash would: SIGKILL, nothing flushed. */
  kill(): Promise<void>;
}
/**
 * Starts `program` and waits until `readiness` gives a value; asked again every 20 ms.
 * Rejects with the end of the server's output if it exits first or needs more than 30 s.
 */
export declare function startServer<Ready>(
  program: string,
  args: readonly string[],
  readiness: (output: string) => Ready | undefined,
): Promise<
  ServerProcess & {
    ready: Ready;
  }
>;
