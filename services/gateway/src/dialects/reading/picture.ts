// Pictures, documents and sound as clients send them: by address, or as a data URL.
import type { Image } from '@waybill/contracts';

export interface Inline {
  readonly mediaType: string;
  readonly content: Buffer;
}

const dataUrl = /^data:([a-z0-9.+-]+\/[a-z0-9.+-]+);base64,/i;

/** The bytes of a data URL; undefined when it is none or is not base64. */
export function readDataUrl(url: string): Inline | undefined {
  const match = dataUrl.exec(url.slice(0, 256));
  if (!match) return undefined;
  const content = Buffer.from(url.slice(match[0].length), 'base64');
  return content.length === 0 ? undefined : { mediaType: match[1]!.toLowerCase(), content };
}

/** A picture by http(s) address or data URL; undefined when it is neither. */
export function readPicture(url: string, detail: string): Image | undefined {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) {
    return { source: { $case: 'url', value: url }, mediaType: '', detail };
  }
  const inline = readDataUrl(url);
  return inline && { source: { $case: 'content', value: inline.content }, mediaType: inline.mediaType, detail };
}
