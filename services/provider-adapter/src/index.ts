export { createFramer, FrameTooLarge, FrameUnreadable } from './engine/framing.ts';
export { providerAdapterService } from './service.ts';
