// Stands in for MathJax, which Voilà fetches on every page: the desk shows no formulas.
"use strict";

window.MathJax = {
  Hub: { Config() {}, Configured() {}, Queue() {}, Register: { StartupHook() {} } },
};
