"""A map that `w2v explore` made, in Chromium without a network: time to first paint, and pictures of it.

    python -m bench.screenshots map.html docs/images --word king

Needs selenium, Pillow (matplotlib brings it), and Chromium with its driver. Pictures: `map.webp` (1280 × 800),
`map-word.webp` (a word chosen), `map-dark.webp`, `map-phone.webp` (390 × 844).
"""

import argparse
import io
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)  # fmt: skip
_DESK, _PHONE = (1280, 800), (390, 844)
_WIDEST = 1100  # pixels of a picture for the documentation
_PATIENCE = 300  # seconds


def main(words: list[str] | None = None) -> int:
    """Open the map, say how long it took, take the pictures; returns 1 for errors in the console."""
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description=__doc__.split("\n")[0])
    parser.add_argument("map", metavar="MAP.html")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="where the pictures go; without it none are taken")
    parser.add_argument("--word", default="king", help="the word to choose (default king)")
    parser.add_argument("--rounds", type=int, default=3, help="how often the time is taken (default 3)")
    args = parser.parse_args(words)
    views = {"map": ("", _DESK, "light"), "map-word": (args.word, _DESK, "light"),
             "map-dark": (args.word, _DESK, "dark"), "map-phone": (args.word, _PHONE, "light")}  # fmt: skip
    errors = []
    with tempfile.TemporaryDirectory() as profile:
        driver = start(profile)
        try:
            page = Path(args.map).resolve().as_uri()
            times = [opened(driver, page, "", _DESK, "light") for _ in range(args.rounds)]
            print(f"time to first paint: {min(times):,} ms, the best of {', '.join(f'{one:,}' for one in times)}")
            for name, view in views.items() if args.folder else ():
                opened(driver, page, *view)
                time.sleep(2)  # labels and the move to a word
                save(driver.get_screenshot_as_png(), Path(args.folder, f"{name}.webp"))
            errors = [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
        finally:
            driver.quit()
    print("\n".join(errors) or "no errors in the console")
    return 1 if errors else 0


def start(profile: str) -> Any:
    """A browser that has no network and draws without a graphics card."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_page_load_timeout(_PATIENCE)
    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    return driver


def opened(driver: Any, page: str, word: str, size: tuple[int, int], theme: str) -> int:
    """Open the page with a word chosen; milliseconds from the start of the visit to the first frame with points."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.get("about:blank")
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    driver.get(f"{page}#{word}")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        painted = driver.execute_script("return document.documentElement.dataset.paintedMs")
        if painted:
            return int(painted)
        time.sleep(0.05)
    raise SystemExit(f"{page} is not drawn after {_PATIENCE} s: {driver.get_log('browser')}")


def save(png: bytes, path: Path) -> None:
    """Write a picture as a small WebP."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > _WIDEST:
        image = image.resize((_WIDEST, image.height * _WIDEST // image.width), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=70, method=6)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
