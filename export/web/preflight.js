// Says in words why a browser cannot show this page. Plain old JavaScript, so that old ones can.
(function () {
  function say(text) {
    var notice = document.getElementById("notice");
    notice.textContent = text;
    notice.hidden = false;
    document.documentElement.dataset.state = "failed";
  }

  function obstacle() {
    if (location.protocol === "file:") {
      return "This page was opened as a file, and browsers load models from web servers only. " +
        "Run “python -m http.server” in its folder and open http://localhost:8000.";
    }
    if (typeof WebAssembly !== "object") {
      return "This browser has no WebAssembly, or it is switched off: the model cannot run. " +
        "Switch it on, or use a current browser.";
    }
    if (!HTMLScriptElement.supports || !HTMLScriptElement.supports("importmap")) {
      return "This browser is too old for this page. Use Chrome 96, Safari 16.4, Firefox 108 or later.";
    }
    return null;
  }

  function sayWhatFailsLater() {
    window.addEventListener("error", function (event) {
      var address = event.target && (event.target.src || event.target.href);
      if (address) say("A part of this page is missing: " + address);
    }, true);
    window.addEventListener("unhandledrejection", function (event) {
      say(event.reason && event.reason.message || String(event.reason));
    });
  }

  var found = obstacle();
  if (found) say(found);
  else sayWhatFailsLater();
  window.tfgenPage = { say: say, works: !found };
})();
