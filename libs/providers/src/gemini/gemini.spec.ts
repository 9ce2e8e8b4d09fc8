import { describeConformance } from '../conformance/suite.ts';
import { geminiCodec } from './index.ts';

describeConformance({
  codec: geminiCodec,
  folder: new URL('./fixtures/', import.meta.url),
  upstreamModel: 'gemini-3.8-flash',
});
