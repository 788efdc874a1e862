// The three states of everything that is fetched: loading, failed, there. Old content stays while newer is fetched.
import { useCallback, useEffect, useRef, useState } from "./html.js";

// `fetcher(signal)` is called at first and whenever one of `inputs` changes; `reload()` asks again.
export function useLoad(fetcher, inputs = []) {
  const [state, setState] = useState({ value: undefined, problem: null, isLoading: true });
  const controller = useRef(null);
  const reload = useCallback(async () => {
    controller.current?.abort();
    const own = (controller.current = new AbortController());
    setState((before) => ({ ...before, isLoading: true }));
    try {
      const value = await fetcher(own.signal);
      if (!own.signal.aborted) setState({ value, problem: null, isLoading: false });
    } catch (problem) {
      if (!own.signal.aborted) setState((before) => ({ ...before, problem, isLoading: false }));
    }
  }, inputs);
  useEffect(() => {
    reload();
    return () => controller.current?.abort();
  }, [reload]);
  return { ...state, reload, replace: (value) => setState({ value, problem: null, isLoading: false }) };
}

// Something that a person starts with a button: `run()` does it once at a time; `problem` is why it failed.
export function useAction(work) {
  const [state, setState] = useState({ isBusy: false, problem: null });
  const busy = useRef(false);
  const run = async (...values) => {
    if (busy.current) return undefined;
    busy.current = true;
    setState({ isBusy: true, problem: null });
    try {
      const result = await work(...values);
      setState({ isBusy: false, problem: null });
      return result;
    } catch (problem) {
      setState({ isBusy: false, problem });
      return undefined;
    } finally {
      busy.current = false;
    }
  };
  return { ...state, run, clear: () => setState({ isBusy: false, problem: null }) };
}
