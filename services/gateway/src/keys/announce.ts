/** Shows the first key on standard output, this once; the log never sees it. */
export function announceFirstKey(text: string, file: string): void {
  process.stdout.write(
    `\nA first key was made, since callers need one now:\n\n  ${text}\n\nIt is kept in ${file}.\n\n`,
  );
}
