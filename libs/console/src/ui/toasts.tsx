import { Toast } from 'radix-ui';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import { asFailure } from '../api/failure';
import { useTexts } from '../language/language';

interface Message {
  readonly id: number;
  readonly kind: 'good' | 'warn' | 'bad';
  readonly text: string;
}

interface Toasts {
  readonly say: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Tells of a failure in the server's words. */
  readonly sayFailed: (thrown: unknown) => void;
}

const Context = createContext<Toasts | null>(null);
const SHOWN_MS = 6_000;
let lastId = 0;

/** Short messages on what has been done, at the edge of the window. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const t = useTexts();
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const add = useCallback((kind: Message['kind'], text: string) => {
    lastId += 1;
    const message = { id: lastId, kind, text };
    setMessages((all) => [...all, message]);
  }, []);
  // The same for good: whoever follows the server with it does not begin anew with another language.
  const warn = useCallback((text: string) => add('warn', text), [add]);
  const toasts = useMemo<Toasts>(
    () => ({
      say: (text) => add('good', text),
      warn,
      sayFailed: (thrown) => {
        const { status, message } = asFailure(thrown);
        add('bad', status === 0 ? t.common.serverAway : message);
      },
    }),
    [add, warn, t],
  );
  return (
    <Context value={toasts}>
      <Toast.Provider duration={SHOWN_MS} label={t.common.notification} swipeDirection="left">
        {children}
        {messages.map(({ id, kind, text }) => (
          <Toast.Root
            key={id}
            className={`toast toast-${kind}`}
            type={kind === 'good' ? 'background' : 'foreground'}
            onOpenChange={() => setMessages((all) => all.filter((message) => message.id !== id))}
          >
            <Toast.Description>{text}</Toast.Description>
            <Toast.Close className="toast-close" aria-label={t.common.close}>
              ×
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="toasts" label={t.common.notifications} />
      </Toast.Provider>
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error('useToasts needs a ToastProvider');
  return toasts;
}
