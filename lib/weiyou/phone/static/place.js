/* Where the phone is, asked only when the person ticks it. Browsers answer in WGS-84. */

const WAIT_MS = 20000;

/** Return {lon, lat, accuracy_m}; throw words if it cannot be known. */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) {
      reject(new Error("这部手机不能定位，请写一下在哪里。"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({
        lon: round(coords.longitude), lat: round(coords.latitude),
        accuracy_m: Math.min(Math.round(coords.accuracy), 1e6),
      }),
      (fault) => reject(new Error(fault.code === 1
        ? "手机没有允许定位。可以写一下在哪里。" : "没有定到位置，请到空旷处再试，或写一下在哪里。")),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 60000 },
    );
  });
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

/** Return how far and in which direction `to` lies from `from`: {metres, words}. */
export function between(from, to) {
  const north = (to.lat - from.lat) * 111195;
  const east = (to.lon - from.lon) * 111195 * Math.cos((from.lat * Math.PI) / 180);
  const metres = Math.hypot(north, east);
  const names = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"];
  const eighth = Math.round(Math.atan2(east, north) / (Math.PI / 4) + 8) % 8;
  const far = metres < 1000 ? `${Math.round(metres / 10) * 10} 米` : `${(metres / 1000).toFixed(1)} 公里`;
  return { metres, words: `在您${names[eighth]}边约 ${far}` };
}
