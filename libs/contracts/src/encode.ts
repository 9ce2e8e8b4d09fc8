// Encoding with a writer that is used again and again: a new one grows from 128 bytes, one allocation after the other.
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** The side of a generated codec that writes. */
export interface MessageWriter<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
}

let shared = new BinaryWriter();

/** The message's bytes, the caller's own. Throws what the codec throws for a value that its field cannot hold. */
export function encodeMessage<Message>(codec: MessageWriter<Message>, message: Message): Buffer {
  const writer = shared;
  try {
    const bytes = codec.encode(message, writer).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (thrown) {
    // What was written so far is still in it.
    shared = new BinaryWriter();
    throw thrown;
  }
}
