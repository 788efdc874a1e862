// Preact and htm, bound once: every file of the console takes them from here.
import { Fragment, h, render } from "../../vendor/preact.js";
import {
  useCallback,
  useEffect,
  useErrorBoundary,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "../../vendor/preact-hooks.js";
import htm from "../../vendor/htm.js";

export const html = htm.bind(h);
export {
  Fragment,
  render,
  useCallback,
  useEffect,
  useErrorBoundary,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
};
