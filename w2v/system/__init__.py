"""What every program needs and no library gives: whole files, checked containers, threads, signals, the terminal."""
