import type { PostableSilence, SilenceView } from '@tila/contract/silences.ts';
import type { SilenceApi } from '../../http/deps.ts';
import type { Silence, SilenceState } from '../../notify/silences/silence.ts';
import type { Silences } from '../../notify/silences/silences.ts';

/** Silences for HTTP, ISO times there and epoch milliseconds here. `onChange` is called after every change. */
export function silenceApi(silences: Silences, onChange: () => void): SilenceApi {
  const view = (id: string): SilenceView => {
    const found = silences.list().find((silence) => silence.id === id);
    return silenceView(found ?? { ...silences.get(id), state: 'expired' });
  };
  return {
    list: () => silences.list().map(silenceView),
    async save(posted, createdBy) {
      const id = await silences.set(fromPosted(posted, createdBy));
      onChange();
      return view(id);
    },
    async expire(id) {
      await silences.expire(id);
      onChange();
    },
  };
}

function fromPosted({ id, matchers, startsAt, endsAt, comment }: PostableSilence, createdBy: string) {
  return { id, matchers, startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt), comment, createdBy };
}

function silenceView(silence: Silence & { readonly state: SilenceState }): SilenceView {
  return {
    id: silence.id,
    matchers: [...silence.matchers],
    startsAt: new Date(silence.startsAt).toISOString(),
    endsAt: new Date(silence.endsAt).toISOString(),
    updatedAt: new Date(silence.updatedAt).toISOString(),
    createdBy: silence.createdBy,
    comment: silence.comment,
    status: { state: silence.state },
  };
}
