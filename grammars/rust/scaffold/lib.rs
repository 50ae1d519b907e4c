${modules}
