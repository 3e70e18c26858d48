function n(t){let e=document.createElement("style");e.textContent=t,document.head.prepend(e)}export{n as a};
