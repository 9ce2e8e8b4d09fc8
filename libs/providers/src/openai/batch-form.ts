// The upload of a file, as a form.
import type { HttpHeaders } from '../codec.ts';

/** Every line of the file begins with a brace, so that none of them is taken for the end of the file. */
export function formOf(name: string, lines: string): { readonly headers: HttpHeaders; readonly body: string } {
  const boundary = `waybill-${name}`;
  const part = (disposition: string, content: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${content}\r\n`;
  const purpose = part('name="purpose"', '\r\nbatch');
  const file = part(`name="file"; filename="${name}.jsonl"`, `content-type: application/jsonl\r\n\r\n${lines}`);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: `${purpose}${file}--${boundary}--\r\n`,
  };
}
