await App.main()
